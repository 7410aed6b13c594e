/// What one event loop of a daemon runs; all methods are called on the loop's thread.
package protocol LoopService: AnyObject {
    /// Serves until `drain` has been called and the work under way has ended.
    func run() async throws(SystemError)

    /// Takes no more work; what is under way goes on.
    func drain()

    /// Gives up what is still under way: the drain's deadline has passed.
    func abort() async
}
