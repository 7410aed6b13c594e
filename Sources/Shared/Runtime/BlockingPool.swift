internal import Foundation

/// A bounded pool of threads for work that blocks or takes long.
///
/// Callers resume where they came from.
package final class BlockingPool: Sendable {
    private let operations: OperationQueue
    private let waitingMax: Int
    package let waiting = Gauge()

    package init(name: String, threads: Int, waitingMax: Int = 1_024) {
        operations = OperationQueue()
        operations.name = name
        operations.maxConcurrentOperationCount = threads
        self.waitingMax = waitingMax
    }

    /// Runs `work` on a thread of the pool; nil where too much waits already.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
        if waiting.value >= waitingMax { return nil }
        waiting.add(1)
        return await withCheckedContinuation { continuation in
            operations.addOperation { [waiting] in
                let value = work()
                waiting.add(-1)
                continuation.resume(returning: value)
            }
        }
    }
}
