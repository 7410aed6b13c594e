internal import Dispatch
internal import Foundation

/// An event loop on a thread of its own.
package final class LoopThread: Sendable {
    package let loop: EventLoop
    private let ended = DispatchSemaphore(value: 0)

    package init(name: String) throws(SystemError) {
        let loop = try EventLoop(name: name)
        self.loop = loop
        let ended = self.ended
        let thread = Thread {
            ThreadName.set(name)
            loop.run()
            ended.signal()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Runs `body` as a task of this loop.
    ///
    /// Its objects are made inside, on the loop's thread.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Task<Value, Never> {
        Task(executorPreference: loop) { await body() }
    }

    /// Ends the loop and waits for its thread, two seconds at most: a handler that hangs must not keep the process.
    package func stop() {
        loop.stop()
        _ = ended.wait(timeout: .now() + 2)
    }
}
