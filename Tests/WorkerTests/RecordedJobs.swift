import Domain
import Platform
import TestKit

@testable import Worker

/// A handler of jobs that records what it was given; each job runs until the test ends it.
final class RecordedJobs {
    private let queue: QueueConsumer
    private let loop: EventLoop
    private var running: [String: LoopPromise<Void>] = [:]
    /// What MariaDB says of jobs that Redis does not know.
    var isOpen = true
    /// In the order in which they began.
    private(set) var begun: [Claim] = []

    init(_ queue: QueueConsumer, _ loop: EventLoop) {
        self.queue = queue
        self.loop = loop
    }

    var ids: [String] { begun.map(\.id) }

    /// The kind of job that this handler runs.
    func kind(
        _ name: QueueName = .sessions, slots: SlotPool, shares: (any LaneShares)? = nil,
        crashPolicy: CrashPolicy = .retry
    ) -> JobKind {
        JobKind(
            queue: name, laneWeightMax: 100, slots: slots, shares: shares, crashPolicy: crashPolicy,
            isOpen: { _ in self.isOpen }
        ) { claim in
            await self.run(claim)
        }
    }

    static func slots(_ count: Int) -> SlotPool {
        SlotPool(weightMax: count, held: Gauge(), claimed: Counter())
    }

    private func run(_ claim: Claim) async {
        let promise = LoopPromise<Void>()
        running[claim.id] = promise
        begun.append(claim)
        await promise.wait()
    }

    /// Acknowledges a job, and lets its handler return.
    func end(_ id: String) async throws {
        guard let claim = begun.last(where: { $0.id == id }) else { return }
        _ = try await queue.acknowledge(claim)
        running.removeValue(forKey: id)?.fulfil(())
    }

    /// Lets the handlers of all jobs return without an acknowledgement.
    func abandon() {
        for promise in running.values { promise.fulfil(()) }
        running.removeAll()
    }
}
