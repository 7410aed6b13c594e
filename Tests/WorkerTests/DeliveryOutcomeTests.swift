import Domain
import Foundation
import Platform
import TestKit
import Testing

@testable import Worker

/// What the answers of an endpoint do to its deliveries and to itself.
@Suite("Outcomes of deliveries")
struct DeliveryOutcomeTests {
    private let bench: HandlerBench
    private let receiver: TestReceiver
    private let deliverer: WebhookDeliverer

    private init(_ bench: HandlerBench) throws {
        self.bench = bench
        receiver = try TestReceiver()
        let loopback = try #require(AddressRange("127.0.0.0/8"))
        deliverer = WebhookDeliverer(
            loop: bench.loop, queue: bench.queue, mysql: bench.mysql,
            client: HTTPClient(
                loop: bench.loop, policy: AddressPolicy(allowed: [loopback]), resolver: HostResolver(loop: bench.loop)),
            secretKey: bench.secretKey, allowsHTTP: true, telemetry: bench.telemetry, logger: bench.logger,
            clock: bench.clock, jitter: { 1 })
    }

    /// An event of the tenant, written with its deliveries.
    private func event() async throws {
        let sent = try bench.tenant.client.post("/api/v1/events", #"{"type":"order.paid","data":{}}"#)
        guard sent.status == 202 else { throw ServerProcess.Failure.notReady(sent.description) }
        let writer = ClientEventRunner(
            loop: bench.loop, queue: bench.queue, mysql: bench.mysql, telemetry: bench.telemetry, logger: bench.logger,
            clock: bench.clock)
        for claim in try await bench.claim(.events) { await writer.run(claim) }
    }

    private func hook(_ url: String? = nil, _ events: String = #""order.*""#) throws -> String {
        let made = try bench.tenant.hook(url ?? receiver.url(), events)
        guard made.status == 201 else { throw ServerProcess.Failure.notReady(made.description) }
        return made.string("id")
    }

    @discardableResult
    private func attempt() async throws -> Int {
        let claims = try await bench.claim(.webhooks)
        for claim in claims { await deliverer.run(claim) }
        return claims.count
    }

    private func sql(_ text: String) -> String { bench.stack.sql(text) }

    private static func run(_ body: @escaping @Sendable (DeliveryOutcomeTests) async throws -> Void) async throws {
        try await HandlerBench.run { bound in try await body(Self(bound.value)) }
    }

    @Test("an endpoint that answers abort-message ends its delivery, and stays active")
    static func aborted() async throws {
        try await run { tests in
            _ = try tests.hook()
            try await tests.event()
            tests.receiver.answer(.badRequest, [("Webhook-Delivery", "Abort-Message")])
            #expect(try await tests.attempt() == 1)
            #expect(tests.sql("SELECT status, attempts FROM webhook_deliveries") == "failed\t1")
            #expect(tests.sql("SELECT is_active, failure_count FROM webhooks") == "1\t1")
        }
    }

    @Test("an endpoint that answers disable, or 410, is disabled, and its owner is told in an event and the audit log")
    static func disabled() async throws {
        for (status, fields, reason): (HTTPStatus, [(StaticString, String)], String) in [
            (.ok, [("webhook-delivery", "disable")], "requested"),
            (.internalServerError, [("webhook-delivery", "disable")], "requested"), (.gone, [], "gone"),
        ] {
            try await run { tests in
                let other = try TestReceiver()
                let id = try tests.hook()
                _ = try tests.hook(other.url(), #""webhook.*""#)
                try await tests.event()
                tests.receiver.answer(status, fields)
                #expect(try await tests.attempt() == 1)
                #expect(
                    tests.sql("SELECT status FROM webhook_deliveries WHERE webhook_id = '\(id)'")
                        == (status == .ok ? "delivered" : "failed"))
                #expect(
                    tests.sql("SELECT is_active, disabled_reason FROM webhooks WHERE id = '\(id)'") == "0\t\(reason)")
                #expect(
                    tests.sql("SELECT actor, action, subject_id FROM audit_log ORDER BY id DESC LIMIT 1")
                        == "worker\twebhook.disabled\t\(id)")
                // Its event is due at once.
                #expect(try await tests.attempt() == 1)
                let body = String(decoding: try #require(other.received.first).body, as: UTF8.self)
                #expect(body.contains(#""webhookId":"\#(id)""#) && body.contains(#""reason":"\#(reason)""#))
                // What comes now is skipped.
                try await tests.event()
                #expect(try await tests.attempt() == 0)
                #expect(tests.sql("SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'skipped'") == "1")
            }
        }
    }

    @Test("an endpoint is disabled after five days with twenty failures, and one success begins the count again")
    static func failing() async throws {
        try await run { tests in
            let id = try tests.hook()
            func state() -> String { tests.sql("SELECT is_active, failing_attempts FROM webhooks WHERE id = '\(id)'") }
            func fail(_ count: Int) async throws {
                for _ in 0..<count {
                    try await tests.event()
                    tests.receiver.answer(.internalServerError)
                    #expect(try await tests.attempt() == 1)
                    // Retries, and the circuit breaker, are left out.
                    _ = tests.sql("UPDATE webhook_deliveries SET status = 'failed'")
                    for key in ["delayed", "resting", "broken", "caps"] {
                        for name in tests.bench.stack.redis.command(["KEYS", "queue:*:webhooks:\(key)"]).split(
                            separator: "\n")
                        {
                            tests.bench.stack.redis.command(["DEL", String(name)])
                        }
                    }
                    for name in tests.bench.stack.redis.command(["KEYS", "breaker:*"]).split(separator: "\n") {
                        tests.bench.stack.redis.command(["DEL", String(name)])
                    }
                }
            }
            try await fail(19)
            #expect(state() == "1\t19")
            tests.bench.clock.advance(by: .seconds(5 * 86_400 + 1))
            try await tests.event()
            #expect(try await tests.attempt() == 1)
            #expect(state() == "1\t0")
            // Twenty failures at once are no five days.
            try await fail(20)
            #expect(state() == "1\t20")
            tests.bench.clock.advance(by: .seconds(5 * 86_400 + 1))
            try await fail(1)
            #expect(state() == "0\t21")
            #expect(tests.sql("SELECT disabled_reason FROM webhooks WHERE id = '\(id)'") == "failing")
            let path = "/api/v1/webhooks/\(id)"
            #expect(try tests.bench.tenant.client.get(path).string("disabledReason") == "failing")
            let on = try tests.bench.tenant.client.send("PATCH", path, json: #"{"isActive":true}"#)
            #expect(on["disabledReason"]?.kind == .null && state() == "1\t0")
        }
    }

    @Test("the wait that a 429 or a 503 asks for is kept, as seconds or as a date, up to an hour")
    static func retryAfter() async throws {
        try await run { tests in
            _ = try tests.hook()
            let now: Timestamp = tests.bench.clock.now()
            let date = DateFormatter()
            date.locale = Locale(identifier: "en_US_POSIX")
            date.timeZone = TimeZone(identifier: "GMT")
            date.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            let later = date.string(from: Date(timeIntervalSince1970: Double(now.unixSeconds + 900)))
            for (status, text, seconds): (HTTPStatus, String, Int64) in [
                (.tooManyRequests, "120", 120), (.serviceUnavailable, later, 900),
                (.serviceUnavailable, "86400", 3_600),
                (.serviceUnavailable, "soon", 5), (.internalServerError, "120", 5), (.tooManyRequests, "-7", 5),
            ] {
                try await tests.event()
                tests.receiver.answer(status, [("Retry-After", text)])
                #expect(try await tests.attempt() == 1)
                let next = try #require(Timestamp(tests.sql("SELECT next_attempt_at FROM webhook_deliveries")))
                #expect(abs(next.unixSeconds - now.unixSeconds - seconds) <= 2, "\(status.code) \(text)")
                _ = tests.sql("DELETE FROM webhook_deliveries")
                tests.bench.stack.redis.command(["FLUSHALL"])
            }
        }
    }

    @Test("the first 16 KB of an answer are kept")
    static func longAnswer() async throws {
        try await run { tests in
            let peer = try TestPeer { client, _ in
                _ = client.read(until: "}")
                client.send(
                    "HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n\(String(repeating: "x", count: 100_000))")
                _ = client.readToEnd()
            }
            _ = try tests.hook("http://127.0.0.1:\(peer.port)/hook")
            try await tests.event()
            #expect(try await tests.attempt() == 1)
            #expect(tests.sql("SELECT status_code, LENGTH(response) FROM webhook_attempts") == "500\t16384")
        }
    }

    @Test("an outcome that is written again after a lost answer counts once")
    static func repeated() async throws {
        try await run { tests in
            let id = try tests.hook()
            try await tests.event()
            let claim = try #require(try await tests.bench.claim(.webhooks).first)
            let loaded = try await tests.bench.mysql.attempt { connection throws(MySQLError) in
                try Delivery.load([claim.id], connection)
            }.get()
            let delivery = try #require(loaded.first ?? nil)
            let now: Timestamp = tests.bench.clock.now()
            for outcome in [DeliveryRecord.Outcome.failed(retryAt: now), .delivered] {
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
        try await run { tests in
            _ = try tests.hook()
            try await tests.event()
            let claim = try #require(try await tests.bench.claim(.webhooks).first)
            let loaded = try await tests.bench.mysql.attempt { connection throws(MySQLError) in
                try Delivery.load([claim.id], connection)
            }.get()
            let delivery = try #require(loaded.first ?? nil)
            let now: Timestamp = tests.bench.clock.now()
            let records = [DeliveryRecord.Outcome.failed(retryAt: now), .delivered, .failed(retryAt: nil)].map {
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
        try await run { tests in
            _ = try tests.hook()
            try await tests.event()
            let id = tests.sql("SELECT id FROM webhook_deliveries")
            let now: Timestamp = tests.bench.clock.now()
            let takes = try await tests.bench.mysql.attempt { connection throws(MySQLError) in
                [try Delivery.take([id], at: now, connection), try Delivery.take([id], at: now, connection)]
            }.get()
            #expect(takes.map { $0.first??.isTaken } == [true, false])
            let next = try #require(Timestamp(tests.sql("SELECT next_attempt_at FROM webhook_deliveries")))
            #expect(next.unixMs - now.unixMs == Delivery.attemptMax.milliseconds())
            // Its worker has died: another one waits, and then makes the attempt.
            #expect(try await tests.attempt() == 1)
            #expect(tests.receiver.received.isEmpty)
            tests.bench.clock.advance(by: Delivery.attemptMax + .seconds(1))
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

    @Test("an answer of the old URL does not disable the new one, and the failures of the old one do not count for it")
    static func movedAway() async throws {
        try await run { tests in
            let id = try tests.hook()
            try await tests.event()
            let claim = try #require(try await tests.bench.claim(.webhooks).first)
            let loaded = try await tests.bench.mysql.attempt { connection throws(MySQLError) in
                try Delivery.load([claim.id], connection)
            }.get()
            let delivery = try #require(loaded.first ?? nil)
            _ = tests.sql("UPDATE webhooks SET failing_since = NOW(3) - INTERVAL 6 DAY, failing_attempts = 30")
            let changed = try tests.bench.tenant.client.send(
                "PATCH", "/api/v1/webhooks/\(id)", json: #"{"url":"https://shop.example/new"}"#)
            #expect(changed.status == 200)
            #expect(tests.sql("SELECT failing_since IS NULL, failing_attempts FROM webhooks") == "1\t0")
            var record = DeliveryRecord(
                delivery: delivery, outcome: .failed(retryAt: nil), startedAt: tests.bench.clock.now())
            record.disables = .gone
            record.verdict = .answered
            let now: Timestamp = tests.bench.clock.now()
            let written = await tests.bench.mysql.attempt { [record] connection throws(MySQLError) in
                try DeliveryTransaction([record], at: now).run(connection).first?.disabled
            }
            #expect(try written.get() == nil)
            #expect(tests.sql("SELECT is_active FROM webhooks") == "1")
        }
    }

    @Test("a link in an event is valid for longer than the retries of its delivery take")
    static func links() {
        let waits = (1..<WebhookSchedule.attemptsMax).compactMap {
            WebhookSchedule.wait(afterAttempts: $0, jitter: 1.2, retryAfter: WebhookSchedule.retryAfterMax)
        }
        #expect(waits.count == WebhookSchedule.attemptsMax - 1)
        #expect(waits.reduce(.zero, +) < TryOnEvent.linkLifetime)
    }
}
