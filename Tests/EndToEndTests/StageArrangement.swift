import Foundation
import Platform
import TestKit
import Testing

/// Brings a session to a chosen stage, and keeps it there until `release`.
// Invariant: used by one test, from one task.
final class StageArrangement: @unchecked Sendable {
    typealias Stage = KillScene.Stage

    private let stack: TestStack
    private let worker: TestWorker

    init(stack: TestStack, worker: TestWorker) {
        self.stack = stack
        self.worker = worker
    }

    /// The number of held sessions at each stage, according to Redis, MariaDB and the object store.
    func seen() -> KillScene.Histogram {
        var histogram: KillScene.Histogram = [:]
        for list in stack.redis.command(["KEYS", "queue:*:sessions:processing:*"]).split(separator: "\n") {
            let tag = list.split(separator: ":")[1]
            for id in stack.redis.command(["LRANGE", String(list), "0", "-1"]).split(separator: "\n").map(String.init) {
                let hasBegun = stack.redis.command(["HGET", "session:\(tag):\(id)", "started"]) == "1"
                let stage: Stage =
                    switch status(id) {
                    case "": hasBegun ? .charge : .claim
                    case "processing": isRendered(id) ? .complete : .render
                    default: .acknowledge
                    }
                histogram[stage, default: 0] += 1
            }
        }
        return histogram
    }

    /// Tries to bring sessions to a stage; `seen` shows whether it succeeded.
    func arrange(
        _ stage: Stage, _ submit: (_ count: Int, _ quality: String) async throws -> [String]
    ) async throws {
        switch stage {
        case .claim:
            try worker.signal(SIGSTOP)
            _ = try await submit(4, "SD")
            // Redis is paused, and runs the worker's claim only after the worker is stopped again.
            pauseWrites()
            try worker.signal(SIGCONT)
            try await Task.sleep(for: .milliseconds(150))
            try worker.signal(SIGSTOP)
            stack.redis.command(["CLIENT", "UNPAUSE"])
            try await Task.sleep(for: .milliseconds(20))
        case .charge:
            lock("SELECT id FROM organizations FOR UPDATE")
            _ = try await submit(4, "SD")
            try await appear(.charge)
        case .render:
            _ = try await submit(4, "4K")
            try await appear(.render)
        case .complete:
            let id = try await submit(1, "4K").first ?? ""
            try await waitUntil { status(id) == "processing" }
            lock("SELECT id FROM cart_tryon_sessions WHERE id = '\(id)' FOR UPDATE")
            try await appear(.complete)
        case .acknowledge:
            let id = try await submit(1, "4K").first ?? ""
            try await waitUntil { status(id) == "processing" }
            pauseWrites()
            try await appear(.acknowledge)
        }
    }

    /// Ends the pause of Redis and the locks in MariaDB.
    func release() {
        stack.redis.command(["CLIENT", "UNPAUSE"])
        let sleepers = stack.sql(
            "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(%' AND id <> CONNECTION_ID()")
        for id in sleepers.split(separator: "\n") { _ = stack.sql("KILL \(id)") }
    }

    // MARK: Helpers

    private func status(_ id: String) -> String {
        stack.sql("SELECT status FROM cart_tryon_sessions WHERE id = '\(id)'")
    }

    private func isRendered(_ id: String) -> Bool {
        let found = FileManager.default.enumerator(atPath: "\(stack.directory)/objects")
        return (found?.allObjects as? [String] ?? []).contains { $0.contains(id) && $0.hasSuffix(".jpg") }
    }

    private func pauseWrites() {
        stack.redis.command(["CLIENT", "PAUSE", "60000", "WRITE"])
    }

    /// Locks rows from another connection, until `release` or for 61 seconds.
    private func lock(_ select: String) {
        let thread = Thread { [stack] in _ = stack.sql("START TRANSACTION; \(select); SELECT SLEEP(61)") }
        thread.start()
    }

    private func appear(_ stage: Stage) async throws {
        try await waitUntil { seen()[stage] != nil }
    }

    /// Waits up to 5 seconds; if the moment was missed, `seen` shows it, and the caller arranges the stage again.
    private func waitUntil(_ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < end, !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }
}
