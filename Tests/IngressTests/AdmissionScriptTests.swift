import Domain
import Testing

@testable import Ingress

/// The admission of sessions, against a real Redis.
@Suite("Admission script")
struct AdmissionScriptTests {
    private static let id = SessionID(value: 1 << 80)
    private static let other = SessionID(value: 2 << 80)

    @Test("a retry with the same session id gets the same acceptance, and takes no second hold")
    func sameSession() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            // A limit of one request a minute: the retry is accepted even though the first request has used it.
            let key = AdmissionBench.key(requestsPerMinute: 1)
            #expect(try await bench.admit(Self.id, key) == .accepted(creditsRemaining: 99))
            #expect(try await bench.admit(Self.id, key) == .accepted(creditsRemaining: 99))
            #expect(try await bench.admit(Self.id) == .accepted(creditsRemaining: 99))
            #expect(bench.account("held") == "1")
            #expect(bench.holders == [Self.id.description])
            #expect(bench.server.command(["LRANGE", bench.lane, "0", "-1"]) == Self.id.description)
            #expect(try await bench.admit(Self.other, key) == .limited)
        }
    }

    @Test("a session that was withdrawn before its admission arrived is not admitted")
    func tombstone() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            #expect(try await bench.withdraw(Self.id, idempotencyKey: "k") == .neverAccepted)
            let before = bench.keys
            #expect(try await bench.admit(Self.id, idempotencyKey: "k") == .withdrawn)
            #expect(bench.keys == before)
            #expect(bench.account("held") == "")
            // The tombstone is of this session only, and does not stay for ever.
            #expect(bench.server.command(["PTTL", bench.session(Self.id)]) != "-1")
            #expect(try await bench.admit(Self.other, idempotencyKey: "k") == .accepted(creditsRemaining: 99))
        }
    }

    @Test("an admission wakes a worker if one waits, also beside other sessions of its lane")
    func wakes() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            let (waiters, idle) = ("waiters:\(bench.tag):sessions", "idle:\(bench.tag):sessions")
            for id in [Self.id, Self.other] {
                bench.server.command(["SADD", waiters, "one", "two", "three"])
                bench.server.command(["SET", idle, "1"])
                _ = try await bench.admit(id)
                #expect(bench.holders.contains(id.description))
                // Nobody listens, so all are forgotten.
                #expect(bench.server.command(["EXISTS", waiters, idle]) == "0")
            }
            // More workers that do not listen than one admission tries: the rest can still be woken.
            bench.server.command(["SADD", waiters] + (0..<10).map { "dead\($0)" })
            bench.server.command(["SET", idle, "1"])
            _ = try await bench.admit(SessionID(value: 3 << 80))
            #expect(bench.server.command(["SCARD", waiters]) == "2")
            #expect(bench.server.command(["EXISTS", idle]) == "1")
            // Without the key nobody is looked for.
            bench.server.command(["DEL", idle])
            _ = try await bench.admit(SessionID(value: 4 << 80))
            #expect(bench.server.command(["SCARD", waiters]) == "2")
        }
    }

    @Test("a lane that is full takes no session, and nothing is written for the one that is refused")
    func saturation() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            let most = AdmissionScript.laneSessionsMax
            bench.server.command([
                "EVAL", "for id = 1, ARGV[1] do redis.call('RPUSH', KEYS[1], id) end", "1", bench.lane, "\(most - 1)",
            ])
            #expect(try await bench.admit(Self.id) == .accepted(creditsRemaining: 99))
            #expect(try await bench.admit(Self.other, idempotencyKey: "k") == .saturated)
            #expect(bench.server.command(["LLEN", bench.lane]) == "\(most)")
            #expect(bench.server.command(["EXISTS", bench.session(Self.other)]) == "0")
            #expect(bench.idempotencyHashes.isEmpty)
            #expect(bench.holders == [Self.id.description])
            #expect(bench.account("held") == "1")
            // The refused request can be sent again as soon as there is room.
            bench.server.command(["RPOP", bench.lane])
            #expect(try await bench.admit(Self.other, idempotencyKey: "k") == .accepted(creditsRemaining: 98))
        }
    }

    @Test("a session that costs more than is available is refused, and leaves neither hold nor idempotency key")
    func credits() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            bench.setAccount("balance", "1")
            #expect(try await bench.admit(Self.id) == .accepted(creditsRemaining: 0))
            #expect(try await bench.admit(Self.other, idempotencyKey: "k") == .insufficientCredits(available: 0))
            #expect(bench.server.command(["EXISTS", bench.session(Self.other)]) == "0")
            #expect(bench.idempotencyHashes.isEmpty)
            #expect(bench.account("held") == "1")
        }
    }

    @Test("a key that was read before or after the last change of rights is not admitted, and nothing is counted")
    func versions() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            let before = bench.keys
            // Numbers, not texts: 9 comes before 10.
            bench.setAccount("authVersion", "10")
            #expect(try await bench.admit(Self.id, AdmissionBench.key(authVersion: 9)) == .stale)
            #expect(try await bench.admit(Self.id, AdmissionBench.key(authVersion: 11)) == .unknown)
            bench.setAccount("authVersion", "9")
            #expect(try await bench.admit(Self.id, AdmissionBench.key(authVersion: 10)) == .unknown)
            #expect(bench.keys == before)
            #expect(
                try await bench.admit(Self.id, AdmissionBench.key(authVersion: 9)) == .accepted(creditsRemaining: 99))
        }
    }

    @Test("a retry with an idempotency key gets what remained at the first request")
    func remaining() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            #expect(try await bench.admit(Self.id, idempotencyKey: "k") == .accepted(creditsRemaining: 99))
            #expect(try await bench.admit(Self.other) == .accepted(creditsRemaining: 98))
            #expect(try await bench.admit(Self.id, idempotencyKey: "k") == .accepted(creditsRemaining: 99))
            #expect(bench.server.command(["LLEN", bench.lane]) == "2")
        }
    }
}
