/// The service of one event loop of a daemon; all methods are called on the loop's thread.
package protocol LoopService: AnyObject {
    /// Serves until `drain` has been called and the current work has ended; calls `onServing` once, when it serves.
    func run(onServing: @escaping () -> Void) async throws(SystemError)

    /// Accepts no more work; the current work continues.
    func drain()

    /// Aborts the remaining work when the drain deadline has passed.
    func abort() async
}
