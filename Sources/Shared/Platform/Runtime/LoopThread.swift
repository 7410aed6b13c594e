internal import Dispatch
internal import Foundation

/// An event loop on a dedicated thread.
package final class LoopThread: Sendable {
    package let loop: EventLoop
    private let ended = DispatchSemaphore(value: 0)

    package init(
        name: String, clock: any MonotonicClock = SystemMonotonicClock()
    ) throws(SystemError) {
        let loop = try EventLoop(name: name, clock: clock)
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
    /// Objects that belong to the loop are created inside `body`, on the loop's thread.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Task<Value, Never> {
        Task(executorPreference: loop) { await body() }
    }

    /// Stops the loop and waits for its thread, at most 2 seconds, so that a blocked handler does not keep the process.
    package func stop() {
        loop.stop()
        _ = ended.wait(timeout: .now() + 2)
    }
}
