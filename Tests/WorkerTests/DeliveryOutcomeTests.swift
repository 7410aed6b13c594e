import Domain
import Foundation
import Platform
import TestKit
import Testing

@testable import Worker

/// What the answers of an endpoint do to its deliveries and to itself.
@Suite("Outcomes of deliveries")
struct DeliveryOutcomeTests {
    @Test("an endpoint that answers abort-message ends its delivery, and stays active")
    static func aborted() async throws {
        try await DeliveryBench.run { tests in
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
            try await DeliveryBench.run { tests in
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
        try await DeliveryBench.run { tests in
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
        try await DeliveryBench.run { tests in
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
                let before = ContinuousClock.now
                #expect(try await tests.attempt() == 1)
                let wait = "TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), next_attempt_at) DIV 1000"
                let left = try #require(Int64(tests.sql("SELECT \(wait) FROM webhook_deliveries")))
                let passed = (ContinuousClock.now - before).milliseconds(rounded: .up)
                #expect((seconds * 1_000 - passed - 1_000...seconds * 1_000).contains(left), "\(status.code) \(text)")
                _ = tests.sql("DELETE FROM webhook_deliveries")
                tests.bench.stack.redis.command(["FLUSHALL"])
            }
        }
    }

    @Test("the first 16 KB of an answer are kept")
    static func longAnswer() async throws {
        try await DeliveryBench.run { tests in
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

    @Test("a link in an event is valid for longer than the retries of its delivery take")
    static func links() {
        let waits = (1..<WebhookSchedule.attemptsMax).compactMap {
            WebhookSchedule.wait(afterAttempts: $0, jitter: 1.2, retryAfter: WebhookSchedule.retryAfterMax)
        }
        #expect(waits.count == WebhookSchedule.attemptsMax - 1)
        #expect(waits.reduce(.zero, +) < TryOnEvent.linkLifetime)
    }
}
