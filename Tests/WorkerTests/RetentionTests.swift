import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The deletion of what is older than its period, on a simulated clock.
@Suite("Retention")
struct RetentionTests {
    private let bench: HandlerBench
    private let objects = MemoryObjectStore()
    private let telemetry = RetentionTelemetry()
    private let retention: Retention

    private init(_ bench: HandlerBench) {
        self.bench = bench
        retention = Retention(
            loop: bench.loop, queue: bench.queue, mysql: bench.mysql, objects: objects,
            periods: Retention.Periods(resultsDays: 30, eventsDays: 40, sessionsDays: 50), telemetry: telemetry,
            logger: bench.logger, clock: bench.clock)
    }

    /// Completes a session with a picture, an event and a delivery that has ended.
    private func complete() async throws -> String {
        #expect(try bench.tenant.hook("http://127.0.0.1:9999/hook").status == 201)
        let garment = try bench.tenant.addCatalogue().garment
        let id = try bench.tenant.tryOn([garment]).string("id")
        let runner = bench.runner(ScriptedRenderer())
        await runner.run(try #require(try await bench.claim(.sessions).first))
        _ = bench.stack.sql(
            "UPDATE cart_tryon_items SET result_path = 'r/\(id).jpg'; UPDATE webhook_deliveries SET status = 'delivered';"
                + "INSERT INTO webhook_attempts (delivery_id, attempt, duration_ms, started_at) "
                + "SELECT id, 1, 1, created_at FROM webhook_deliveries;"
                + "INSERT INTO webhook_hours (webhook_id, hour, attempts) VALUES ('w', NOW(), 1)")
        try await objects.put("r/\(id).jpg", [1]).get()
        return id
    }

    /// The rows of attempts, deliveries, events, results, sessions and items.
    private var rows: [String] {
        [
            "webhook_attempts", "webhook_deliveries", "webhook_events",
            "cart_tryon_items WHERE result_path IS NOT NULL",
            "cart_tryon_sessions", "cart_tryon_items",
        ].map { bench.stack.sql("SELECT COUNT(*) FROM \($0)") }
    }

    private func pass(afterDays days: Int) async {
        bench.clock.advance(by: .seconds(86_400 * days))
        await bench.whileTimePasses { await retention.pass() }
    }

    @Test("each kind goes when its period is over, not before, and the ledger stays")
    static func periods() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            _ = try await tests.complete()
            await tests.pass(afterDays: 29)
            #expect(tests.rows == ["1", "1", "1", "1", "1", "1"])
            await tests.pass(afterDays: 2)
            #expect(tests.rows == ["1", "1", "1", "0", "1", "1"])
            #expect(tests.objects.files.isEmpty)
            await tests.pass(afterDays: 10)
            #expect(tests.rows == ["0", "0", "0", "0", "1", "1"])
            await tests.pass(afterDays: 10)
            #expect(tests.rows == ["0", "0", "0", "0", "0", "0"])
            #expect(tests.bench.stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "1")
            var text = MetricsText()
            tests.telemetry.write(to: &text)
            for kind in ["attempt", "delivery", "event", "statistic", "result", "session"] {
                let line = #"drape_retention_deleted_total{kind="\#(kind)"} 1"#
                #expect(String(decoding: text.bytes, as: UTF8.self).contains(line))
            }
        }
    }

    @Test("a delivery that waits keeps its event, and sessions under way are kept with their pictures")
    static func pending() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            _ = try await tests.complete()
            _ = tests.bench.stack.sql(
                "UPDATE webhook_deliveries SET status = 'pending';"
                    + "UPDATE cart_tryon_sessions SET status = 'processing', finished_at = NULL")
            await tests.pass(afterDays: 1_000)
            #expect(tests.rows == ["0", "1", "1", "1", "1", "1"])
        }
    }

    @Test("one process at a time deletes")
    static func lease() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            _ = try await tests.complete()
            let lease = tests.bench.queue.redis.keys.retentionLease
            tests.bench.stack.redis.command(["SET", lease, "other"])
            await tests.pass(afterDays: 1_000)
            #expect(tests.rows == ["1", "1", "1", "1", "1", "1"])
            tests.bench.stack.redis.command(["DEL", lease])
            await tests.pass(afterDays: 0)
            #expect(tests.rows == ["0", "0", "0", "0", "0", "0"])
        }
    }

    @Test("a long lock makes the next transactions smaller, and short ones larger, within bounds")
    static func sizes() {
        var batch = RetentionBatch()
        #expect(batch.lockedRows == 16 && batch.rows == 64)
        #expect(batch.adapted(to: .milliseconds(10), mayGrow: true).lockedRows == 16)
        #expect(batch.adapted(to: .milliseconds(1), mayGrow: false).lockedRows == 16)
        for size in [64, 256, 256] {
            batch = batch.adapted(to: .milliseconds(1), mayGrow: true)
            #expect(batch.lockedRows == size)
        }
        for size in [64, 16, 4, 4] {
            batch = batch.adapted(to: .milliseconds(30), mayGrow: true)
            #expect(batch.lockedRows == size && batch.rows == 4 * size)
        }
    }

    /// The transactions of deletions so far.
    private var transactions: Int {
        var text = MetricsText()
        telemetry.write(to: &text)
        let metrics = String(decoding: text.bytes, as: UTF8.self)
        return metrics.firstMatch(of: /drape_retention_lock_seconds_count (\d+)/).flatMap { Int($0.1) } ?? 0
    }

    @Test(
        "many old rows go in several transactions, the locks of each of which are measured",
        arguments: ["webhook_attempts", "webhook_hours"])
    static func transactions(table: String) async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            _ = try await tests.complete()
            await tests.pass(afterDays: 45)
            let before = tests.transactions
            _ = tests.bench.stack.sql(
                table == "webhook_hours"
                    ? "INSERT INTO webhook_hours (webhook_id, hour, attempts) "
                        + "SELECT CONCAT('w', seq), NOW() - INTERVAL 1 DAY, 1 FROM seq_1_to_400"
                    : "INSERT INTO webhook_attempts (delivery_id, attempt, duration_ms, started_at) "
                        + "SELECT CONCAT('d', seq), 1, 1, NOW() - INTERVAL 1 DAY FROM seq_1_to_400")
            // A row at the front that is not old, as of a process whose clock was ahead, does not end the pass.
            if table == "webhook_attempts" {
                _ = tests.bench.stack.sql(
                    "UPDATE webhook_attempts SET started_at = NOW() + INTERVAL 1 YEAR ORDER BY id LIMIT 1")
            }
            await tests.pass(afterDays: 0)
            #expect(tests.bench.stack.sql("SELECT COUNT(*) FROM \(table)") == (table == "webhook_hours" ? "0" : "1"))
            // 256 rows at most.
            #expect(tests.transactions - before >= 2)
        }
    }

    @Test("a delivery that is sent again while old ones are deleted is kept")
    static func resent() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            _ = try await tests.complete()
            let id = tests.bench.stack.sql("SELECT id FROM webhook_deliveries")
            func delete() async throws -> Int {
                try await tests.bench.mysql.attempt { connection throws(MySQLError) in
                    try connection.update(RetentionStatements.deleteDeliveries(1), [.text(id)])
                }.get()
            }
            // Between the search and the deletion.
            _ = tests.bench.stack.sql("UPDATE webhook_deliveries SET status = 'pending'")
            #expect(try await delete() == 0)
            _ = tests.bench.stack.sql("UPDATE webhook_deliveries SET status = 'failed'")
            #expect(try await delete() == 1)
        }
    }

    @Test("a picture that cannot be deleted is known until it is, also if the database fails meanwhile")
    static func undeletable() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            let id = try await tests.complete()
            tests.objects.refuseDeletions()
            func state() -> String {
                tests.bench.stack.sql(
                    "SELECT (SELECT COUNT(*) FROM cart_tryon_items WHERE result_path IS NOT NULL),"
                        + "(SELECT COUNT(DISTINCT name) FROM erasures WHERE name = 'r/\(id).jpg')")
            }
            _ = tests.bench.stack.sql(
                "CREATE TRIGGER closed BEFORE INSERT ON erasures FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290, MESSAGE_TEXT = 'read-only'"
            )
            await tests.pass(afterDays: 31)
            #expect(state() == "1\t0")
            _ = tests.bench.stack.sql("DROP TRIGGER closed")
            await tests.pass(afterDays: 0)
            #expect(state() == "0\t1")
        }
    }

    @Test("a session stays until its pictures are deleted, and those of one that is under way are looked at later")
    static func sessionsAfterPictures() async throws {
        try await HandlerBench.run { bound in
            let tests = Self(bound.value)
            _ = try await tests.complete()
            func state() -> String {
                tests.bench.stack.sql(
                    "SELECT (SELECT COUNT(*) FROM cart_tryon_items WHERE result_path IS NOT NULL),"
                        + "(SELECT COUNT(*) FROM cart_tryon_sessions)")
            }
            // The step of the pictures fails.
            _ = tests.bench.stack.sql(
                "CREATE TRIGGER closed BEFORE UPDATE ON cart_tryon_items FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290, MESSAGE_TEXT = 'read-only'"
            )
            await tests.pass(afterDays: 60)
            #expect(state() == "1\t1")
            _ = tests.bench.stack.sql("DROP TRIGGER closed")
            // It goes on, and gets its picture later.
            _ = tests.bench.stack.sql("UPDATE cart_tryon_sessions SET status = 'processing', finished_at = NULL")
            await tests.pass(afterDays: 0)
            #expect(state() == "1\t1")
            _ = tests.bench.stack.sql("UPDATE cart_tryon_sessions SET status = 'completed', finished_at = NOW()")
            await tests.pass(afterDays: 0)
            #expect(state() == "0\t0")
            #expect(tests.objects.files.isEmpty)
        }
    }
}
