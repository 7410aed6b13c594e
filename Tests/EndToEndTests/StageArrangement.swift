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

    /// The ids of held sessions, and of each whether it was started; it also runs while writes are paused.
    private static let held = """
        local found = {}
        for _, list in ipairs(redis.call('KEYS', 'queue:*:sessions:processing:*')) do
          local job = 'session:' .. string.match(list, '{.-}') .. ':'
          for _, id in ipairs(redis.call('LRANGE', list, 0, -1)) do
            found[#found + 1] = id .. ' ' .. (redis.call('HGET', job .. id, 'started') or '0')
          end
        end
        return found
        """

    /// The number of held sessions at each stage, according to Redis, MariaDB and the object store.
    ///
    /// Few programs are run for it, because a stage may last some tenths of a second only.
    func seen() -> KillScene.Histogram {
        let lines = stack.redis.command(["EVAL_RO", Self.held, "0"]).split(separator: "\n")
        let held = lines.map { $0.split(separator: " ").map(String.init) }.filter {
            $0.count == 2 && $0[0].hasPrefix("cts_")
        }
        if held.isEmpty { return [:] }
        let ids = held.map { "'\($0[0])'" }.joined(separator: ", ")
        var statuses: [String: String] = [:]
        for row in stack.sql("SELECT id, status FROM cart_tryon_sessions WHERE id IN (\(ids))").split(separator: "\n") {
            let columns = row.split(separator: "\t").map(String.init)
            if columns.count == 2 { statuses[columns[0]] = columns[1] }
        }
        let pictures = self.pictures
        var histogram: KillScene.Histogram = [:]
        for one in held {
            let stage: Stage =
                switch statuses[one[0]] {
                case nil: one[1] == "1" ? .charge : .claim
                case "processing": pictures.contains { $0.contains(one[0]) } ? .complete : .render
                default: .acknowledge
                }
            histogram[stage, default: 0] += 1
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
            _ = try await submitMany(submit)
            try await appear(.render)
        case .complete:
            let ids = try await submitMany(submit).map { "'\($0)'" }.joined(separator: ", ")
            lock("SELECT id FROM cart_tryon_sessions WHERE id IN (\(ids)) FOR UPDATE")
            try await appear(.complete)
        case .acknowledge:
            _ = try await submitMany(submit)
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

    /// Submits as many large pictures as keep the worker busy for longer than it takes to look, and waits until all are charged.
    private func submitMany(
        _ submit: (_ count: Int, _ quality: String) async throws -> [String]
    ) async throws -> [String] {
        let ids = try await submit(8, "4K")
        try await waitUntil { status(ids.last ?? "") == "processing" }
        return ids
    }

    private func status(_ id: String) -> String {
        stack.sql("SELECT status FROM cart_tryon_sessions WHERE id = '\(id)'")
    }

    private var pictures: [String] {
        let found = FileManager.default.enumerator(atPath: "\(stack.directory)/objects")
        return (found?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".jpg") }
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
