import Domain
import Testing

@testable import Ingress

/// The entries of idempotency keys in Redis.
@Suite("Idempotency entries")
struct IdempotencyEntryTests {
    private static let lifetimeMs = Int64(24 * 60 * 60 * 1_000)

    /// An id of a time.
    private static func id(_ unixMs: Int64) -> SessionID { SessionID(value: UInt128(unixMs) << 80) }

    @Test("a key is known for 24 hours, and free after it")
    func lifetime() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            let first = Self.id(1_790_000_000_000)
            #expect(try await bench.admit(first, idempotencyKey: "k") == .accepted(creditsRemaining: 99))
            let late = Self.id(1_790_000_000_000 + Self.lifetimeMs)
            #expect(try await bench.admit(late, idempotencyKey: "k") == .replay(first, creditsRemaining: 99))
            let later = Self.id(1_790_000_000_000 + Self.lifetimeMs + 1)
            #expect(try await bench.admit(later, idempotencyKey: "k") == .accepted(creditsRemaining: 98))
            #expect(try await bench.admit(late, idempotencyKey: "k") == .replay(later, creditsRemaining: 98))
        }
    }

    @Test("a key is found in the hash of the day before, and its hash expires")
    func midnight() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            let first = Self.id(1_790_000_000_000)
            #expect(try await bench.admit(first, idempotencyKey: "k") == .accepted(creditsRemaining: 99))
            let hash = try #require(bench.idempotencyHashes.first)
            let secondsLeft = Int(bench.server.command(["TTL", hash])) ?? 0
            #expect((86_400...180_000).contains(secondsLeft))
            // As if it had been written the day before.
            var parts = hash.split(separator: ":").map(String.init)
            let day = try #require(Int(parts[2]))
            parts[2] = "\(day - 1)"
            bench.server.command(["RENAME", hash, parts.joined(separator: ":")])
            let second = Self.id(1_790_000_000_001)
            #expect(try await bench.admit(second, idempotencyKey: "k") == .replay(first, creditsRemaining: 99))
            #expect(try await bench.withdraw(first, idempotencyKey: "k") == .withdrawn)
            #expect(bench.idempotencyHashes.isEmpty)
        }
    }

    @Test("the same key of two organisations has two entries")
    func organizations() {
        let key = IdempotencyKey(
            hash: String(repeating: "a", count: 64), fingerprint: String(repeating: "b", count: 64))
        let words = [7, 8].map { key.word(of: OrganizationID(value: $0), before: Self.id(1_790_000_000_000)) }
        #expect(words[0].prefix(34) != words[1].prefix(34))
        #expect(words.allSatisfy { $0.utf8.count == 34 + 32 + 30 })
    }
}
