import Domain
import Testing

@testable import Ingress

/// What an admission costs Redis, with the settings of `scripts/serve-redis`.
@Suite("Cost of an admission")
struct AdmissionCostTests {
    @Test("a waiting session takes at most 820 bytes")
    func bytes() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            bench.setAccount("balance", "1000000")
            let key = AdmissionBench.key(requestsPerMinute: 1_000_000)
            func admit(_ numbers: ClosedRange<UInt128>) async throws {
                for number in numbers {
                    guard case .accepted = try await bench.admit(SessionID(value: number << 80), key) else {
                        Issue.record("session \(number) was not accepted")
                        return
                    }
                }
            }
            // Buffers, and the keys of the organisation, are there before.
            try await admit(1...200)
            let before = try bench.memoryBytes()
            let count = 4_000
            try await admit(201...UInt128(200 + count))
            let bytes = (try bench.memoryBytes() - before) / count
            #expect(bytes <= 820)
            // It was measured with sessions that wait.
            #expect(bench.server.command(["LLEN", bench.lane]) == "\(200 + count)")
        }
    }

    @Test("an admission is one script of fifteen commands at most, whatever waits")
    func commands() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            bench.setAccount("balance", "1000000")
            /// The commands of one admission.
            func cost(_ number: UInt128, _ idempotencyKey: String?) async throws -> Int {
                bench.server.command(["CONFIG", "RESETSTAT"])
                let decision = try await bench.admit(SessionID(value: number << 80), idempotencyKey: idempotencyKey)
                guard case .accepted = decision else { Issue.record("it was not accepted: \(decision)"); return 0 }
                return bench.commands()
            }
            // The first one loads the script, and makes the keys of the organisation.
            _ = try await cost(1, "first")
            let (plain, keyed) = (try await cost(2, nil), try await cost(3, "second"))
            // With the script itself.
            #expect(plain < keyed && keyed <= 15 + 1)
            #expect(bench.server.command(["INFO", "commandstats"]).contains("cmdstat_evalsha:calls=1,"))
            for number in UInt128(10)..<400 {
                _ = try await bench.admit(SessionID(value: number << 80), idempotencyKey: "k\(number)")
            }
            #expect(try await cost(1_000, nil) == plain)
            #expect(try await cost(1_001, "last") == keyed)
        }
    }
}
