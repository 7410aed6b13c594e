import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// What is written of a delivery, before and after its attempt.
@Suite("Records of deliveries")
struct DeliveryRecordTests {
    @Test("an outcome that is written again after a lost answer counts once")
    static func repeated() async throws {
        try await DeliveryBench.run { tests in
            let id = try tests.hook()
            try await tests.event()
            let delivery = try await tests.stored()
            let now: Timestamp = tests.bench.clock.now()
            for outcome in [DeliveryRecord.Outcome.failed(retryAfter: .zero), .delivered] {
                let record = DeliveryRecord(
                    delivery: delivery, outcome: outcome, verdict: .failed, startedAt: now)
                let written = await tests.bench.mysql.attempt { connection throws(MySQLError) in
                    for _ in 0..<2 { _ = try DeliveryTransaction([record], at: now).run(connection) }
                }
                try written.get()
            }
            // The second outcome was of an attempt that had been written already.
            #expect(tests.sql("SELECT status, attempts FROM webhook_deliveries") == "pending\t1")
            #expect(tests.sql("SELECT COUNT(*) FROM webhook_attempts") == "1")
            #expect(tests.sql("SELECT failing_attempts, success_count FROM webhooks WHERE id = '\(id)'") == "1\t0")
            #expect(tests.sql("SELECT attempts, attempts_failed FROM webhook_hours") == "1\t1")
        }
    }

    @Test("of two outcomes of one delivery in one group one counts: the success")
    static func twice() async throws {
        try await DeliveryBench.run { tests in
            _ = try tests.hook()
            try await tests.event()
            let delivery = try await tests.stored()
            let now: Timestamp = tests.bench.clock.now()
            let records = [DeliveryRecord.Outcome.failed(retryAfter: .zero), .delivered, .failed(retryAfter: nil)].map {
                DeliveryRecord(delivery: delivery, outcome: $0, startedAt: now)
            }
            let written = await tests.bench.mysql.attempt { connection throws(MySQLError) in
                try DeliveryTransaction(records, at: now).run(connection).count
            }
            #expect(try written.get() == 3)
            #expect(tests.sql("SELECT status, attempts FROM webhook_deliveries") == "delivered\t1")
            #expect(tests.sql("SELECT success_count, failure_count FROM webhooks") == "1\t0")
            #expect(tests.sql("SELECT delivered, failed, attempts FROM webhook_hours") == "1\t0\t1")
        }
    }

    @Test(
        "a delivery is taken in the database before it is sent: one process sends it, and none if nothing can be written"
    )
    static func taken() async throws {
        try await DeliveryBench.run { tests in
            _ = try tests.hook()
            try await tests.event()
            let id = tests.sql("SELECT id FROM webhook_deliveries")
            let takes = try await tests.bench.mysql.attempt { connection throws(MySQLError) in
                [try Delivery.take([id, id, id], connection), try Delivery.take([id], connection)]
            }.get()
            #expect(takes.map { $0.map { $0?.isTaken } } == [[true, false, false], [false]])
            let wait = "TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), next_attempt_at)"
            let seconds = try #require(Int64(tests.sql("SELECT \(wait) FROM webhook_deliveries")))
            #expect((1...Delivery.attemptMax.components.seconds).contains(seconds))
            // Its worker has died: another one waits, and then makes the attempt.
            #expect(try await tests.attempt() == 1)
            #expect(tests.receiver.received.isEmpty)
            tests.bench.pass(Delivery.attemptMax + .seconds(1))
            tests.bench.makeDue(.webhooks)
            #expect(try await tests.attempt() == 1)
            #expect(tests.receiver.received.count == 1)
            // The database can be read, and takes no writes.
            try await tests.event()
            _ = tests.sql(
                "CREATE TRIGGER closed BEFORE UPDATE ON webhook_deliveries FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290, MESSAGE_TEXT = 'read-only'"
            )
            try await tests.bench.whileTimePasses { _ = try await tests.attempt() }
            #expect(tests.receiver.received.count == 1)
            _ = tests.sql("DROP TRIGGER closed")
            tests.bench.makeDue(.webhooks)
            #expect(try await tests.attempt() == 1)
            #expect(tests.receiver.received.count == 2)
        }
    }

    @Test("a delivery that another process has taken meanwhile, so that it is due later, is not taken")
    static func takenMeanwhile() async throws {
        try await DeliveryBench.run { tests in
            _ = try tests.hook()
            try await tests.event()
            let id = tests.sql("SELECT id FROM webhook_deliveries")
            func lock() async throws -> Int {
                try await tests.bench.mysql.attempt { connection throws(MySQLError) in
                    try connection.query(DeliveryStatements.lockDue(1), [.text(id)]).count
                }.get()
            }
            #expect(try await lock() == 1)
            _ = tests.sql("UPDATE webhook_deliveries SET next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL 30 SECOND")
            #expect(try await lock() == 0)
        }
    }

    @Test("an answer of the old URL does not disable the new one, and the failures of the old one do not count for it")
    static func movedAway() async throws {
        try await DeliveryBench.run { tests in
            let id = try tests.hook()
            try await tests.event()
            let delivery = try await tests.stored()
            _ = tests.sql("UPDATE webhooks SET failing_since = NOW(3) - INTERVAL 6 DAY, failing_attempts = 30")
            let changed = try tests.bench.tenant.client.send(
                "PATCH", "/api/v1/webhooks/\(id)", json: #"{"url":"https://shop.example/new"}"#)
            #expect(changed.status == 200)
            #expect(tests.sql("SELECT failing_since IS NULL, failing_attempts FROM webhooks") == "1\t0")
            var record = DeliveryRecord(
                delivery: delivery, outcome: .failed(retryAfter: nil), startedAt: tests.bench.clock.now())
            record.disables = .gone
            record.verdict = .answered
            let now: Timestamp = tests.bench.clock.now()
            let written = await tests.bench.mysql.attempt { [record] connection throws(MySQLError) in
                try DeliveryTransaction([record], at: now).run(connection).first?.disabled
            }
            #expect(try written.get() == nil)
            #expect(
                tests.sql("SELECT is_active, failing_since IS NULL, failing_attempts FROM webhooks") == "1\t1\t0")
        }
    }
}
