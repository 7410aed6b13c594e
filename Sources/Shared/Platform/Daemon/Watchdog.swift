internal import Dispatch
internal import Foundation
internal import Synchronization

/// Reports to the service manager that the process is alive, as long as every loop makes progress.
///
/// A loop that is blocked does not run the task that is given to it, and the service manager restarts the process.
final class Watchdog: Sendable {
    private let supervisor: ServiceSupervisor
    private let loops: [EventLoop]
    private let isStopped = Atomic<Bool>(false)
    private let wake = DispatchSemaphore(value: 0)

    init(_ supervisor: ServiceSupervisor, loops: [EventLoop]) {
        self.supervisor = supervisor
        self.loops = loops
    }

    /// Starts the thread that reports; does nothing if the service manager does not ask for it.
    func start() {
        guard let limit = supervisor.watchdog else { return }
        let interval = limit / 3
        let thread = Thread { [self] in
            ThreadName.set("watchdog")
            while !isStopped.load(ordering: .relaxed) {
                // One look lasts until all loops have run: a stall that ends is told at once.
                let look = startLook()
                while !isStopped.load(ordering: .relaxed) {
                    guard look.wait(timeout: .now() + interval.inSeconds) == .success else { continue }
                    supervisor.tell(.alive)
                    break
                }
                _ = wake.wait(timeout: .now() + interval.inSeconds)
            }
        }
        thread.start()
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        wake.signal()
    }

    /// A group that ends when every loop has run a task.
    private func startLook() -> DispatchGroup {
        let ended = DispatchGroup()
        for loop in loops {
            ended.enter()
            _ = Task(executorPreference: loop) { ended.leave() }
        }
        return ended
    }
}
