internal import Domain
internal import Platform
internal import Synchronization

/// The depth of the queues and the accounts of the installation, as the worker that reconciles last saw them.
final class QueueTelemetry: Sendable {
    private struct State {
        var depths: [QueueDepth] = []
        var readAt = Timestamp(unixMs: 0)
        var heldCredits: Int64?
        var lowAccounts = 0
    }

    private let state = Mutex(State())
    /// Webhooks for which too many deliveries wait.
    let fullWebhooks = Gauge()

    /// Sets the depths; none if another worker reports them.
    func set(_ depths: [QueueDepth], at now: Timestamp) {
        state.withLock { state in
            state.depths = depths
            state.readAt = now
        }
    }

    /// Sets what the last look at the accounts has found.
    func set(heldCredits: Int64, lowAccounts: Int) {
        state.withLock { state in
            state.heldCredits = heldCredits
            state.lowAccounts = lowAccounts
        }
    }

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        let state = state.withLock { $0 }
        text.family("drape_queue_jobs", .gauge, "Jobs by queue, shard and state; from one worker of the fleet.")
        for depth in state.depths {
            for (name, count) in [
                ("waiting", depth.waiting), ("held", depth.held), ("delayed", depth.delayed),
                ("dead", depth.deadLetters),
            ] {
                text.sample("drape_queue_jobs", count, labels: Self.labels(depth) + [("state", name)])
            }
        }
        text.family("drape_queue_lanes", .gauge, "Lanes by queue, shard and state.")
        for depth in state.depths {
            for (name, count) in [
                ("served", depth.lanes), ("parked", depth.parkedLanes), ("resting", depth.restingLanes),
            ] {
                text.sample("drape_queue_lanes", count, labels: Self.labels(depth) + [("state", name)])
            }
        }
        text.family("drape_webhook_breakers", .gauge, "Endpoints whose circuit breaker is not closed, by shard.")
        for depth in state.depths where depth.place.queue == .webhooks {
            text.sample("drape_webhook_breakers", depth.brokenLanes, labels: [("shard", String(depth.place.shard))])
        }
        text.family("drape_queue_oldest_seconds", .gauge, "Age of the oldest job that is next in its lane.")
        for depth in state.depths {
            let age = depth.oldestAt.map { max(0, state.readAt.unixMs - $0.unixMs) } ?? 0
            text.sample("drape_queue_oldest_seconds", Double(age) / 1_000, labels: Self.labels(depth))
        }
        text.single(
            "drape_webhooks_full", .gauge, "Webhooks for which too many deliveries wait: new ones are skipped.",
            fullWebhooks.value)
        if let held = state.heldCredits {
            text.single("drape_credits_held", .gauge, "Credits held for sessions that wait.", Int(held))
            text.single(
                "drape_organizations_low_credits", .gauge, "Organisations whose balance is below its threshold.",
                state.lowAccounts)
        }
    }

    private static func labels(_ depth: QueueDepth) -> [(String, String)] {
        [("queue", depth.place.queue.text), ("shard", String(depth.place.shard))]
    }
}
