import Domain
import Testing

@testable import Ingress

/// The rate limit of an API key, against a real Redis.
@Suite("Rate limit")
struct RateLimitTests {
    private static func ask(_ bench: AdmissionBench, _ key: APIKey) async throws -> AuthenticationScript.Reply {
        try await AuthenticationScript(key: key).run(bench.redis)
    }

    @Test("a key may use its whole limit at once, and is refused after it")
    func burst() async throws {
        try await AdmissionBench.run { bound async throws in
            let key = AdmissionBench.key(requestsPerMinute: 5)
            for left in [4, 3, 2, 1, 0] {
                let reply = try await Self.ask(bound.value, key)
                #expect(reply.decision == .passed)
                #expect(reply.rateLimit.remaining == left)
            }
            let refused = try await Self.ask(bound.value, key)
            #expect(refused.decision == .limited)
            #expect((1...12).contains(refused.rateLimit.retryAfterSeconds))
        }
    }

    @Test("after the clock of Redis was set back a key waits for its burst at most, not until the old time")
    func clockSetBack() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            let key = AdmissionBench.key(requestsPerMinute: 5)
            // Counted by a clock that was a year ahead: µs since 1970.
            let ahead = (Int64(bench.server.command(["TIME"]).split(separator: "\n")[0]) ?? 0) + 31_536_000
            bench.server.command(["SET", bench.rateLimit, "\(ahead)000000"])
            let refused = try await Self.ask(bench, key)
            #expect(refused.decision == .limited)
            #expect(refused.rateLimit.retryAfterSeconds <= 12)
            #expect(refused.rateLimit.resetSeconds <= 60)
            #expect(try await bench.admit(SessionID(value: 1 << 80), key) == .limited)
        }
    }

    @Test("the key of a limit outlives its arrival time, whichever command counted the request")
    func expiry() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            let key = AdmissionBench.key(requestsPerMinute: 600)
            func expectToOutlive() async throws {
                #expect(try await Self.ask(bench, key).decision == .passed)
                let expiryUs = (Int64(bench.server.command(["PEXPIRETIME", bench.rateLimit])) ?? 0) * 1_000
                let arrivalUs = Int64(bench.server.command(["GET", bench.rateLimit])) ?? 0
                // One burst is a minute.
                #expect((arrivalUs + 59_999_000...arrivalUs + 120_001_000).contains(expiryUs))
            }
            for _ in 1...3 { try await expectToOutlive() }
            // Shortly before the end of a period, with a key that was to expire in it: the next request moves the expiry.
            let seconds = Int64(bench.server.command(["TIME"]).split(separator: "\n")[0]) ?? 0
            let periodEndUs = (seconds / 60 + 1) * 60_000_000
            bench.server.command(["SET", bench.rateLimit, "\(periodEndUs - 50_000)", "PX", "3000"])
            try await expectToOutlive()
        }
    }
}
