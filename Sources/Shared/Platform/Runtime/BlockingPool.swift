internal import Foundation
internal import Synchronization

/// A bounded pool of threads for work that blocks or takes long.
///
/// A caller resumes on its own executor.
package final class BlockingPool: Sendable {
    package let threads: Int
    private let operations: OperationQueue
    private let waitingMax: Int
    private let waiting = Atomic<Int>(0)

    package init(name: String, threads: Int, waitingMax: Int = 1_024) {
        self.threads = threads
        operations = OperationQueue()
        operations.name = name
        operations.maxConcurrentOperationCount = threads
        self.waitingMax = waitingMax
    }

    /// Runs `work` on a thread of the pool; nil if `waitingMax` calls already wait or run.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
        guard waiting.add(1, ordering: .relaxed).oldValue < waitingMax else {
            waiting.subtract(1, ordering: .relaxed)
            return nil
        }
        return await withCheckedContinuation { continuation in
            operations.addOperation { [self] in
                let value = work()
                waiting.subtract(1, ordering: .relaxed)
                continuation.resume(returning: value)
            }
        }
    }
}
