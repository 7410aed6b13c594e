import Testing

@testable import Domain
@testable import Ingress

/// Versions of the copy of an account, against a real Redis.
@Suite("Versions of an account")
struct AccountVersionTests {
    /// Writes what was read from MariaDB.
    @discardableResult
    private static func write(_ account: Account, to bench: AdmissionBench) async throws -> AccountCacheScript.Copy {
        try await AccountCacheScript(account: account).run(bench.redis)
    }

    @Test("an older balance does not replace a newer one, and the credits held stay as they are")
    func balance() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            bench.setAccount("version", "10", "balance", "70", "held", "3")
            try await Self.write(AdmissionBench.account(balance: 90, version: 9), to: bench)
            #expect(bench.account("balance", "version", "held") == "70 10 3")
            try await Self.write(AdmissionBench.account(balance: 60, version: 11), to: bench)
            #expect(bench.account("balance", "version", "held") == "60 11 3")
        }
    }

    @Test("older rights do not replace newer ones, even if the balance is newer")
    func rights() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            bench.setAccount("authVersion", "5", "status", "suspended")
            try await Self.write(AdmissionBench.account(balance: 90, version: 9, authVersion: 4), to: bench)
            #expect(bench.account("authVersion", "status", "balance") == "5 suspended 90")
            try await Self.write(AdmissionBench.account(balance: 90, version: 9, authVersion: 6), to: bench)
            #expect(bench.account("authVersion", "status") == "6 active")
        }
    }

    @Test("a key that was read before the last change of rights is stale, and one that was read after it is unknown")
    func authentication() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            func ask(_ version: Int64) async throws -> AuthenticationScript.Reply {
                try await AuthenticationScript(key: AdmissionBench.key(authVersion: version)).run(bench.redis)
            }
            bench.setAccount("authVersion", "9")
            let stale = try await ask(8)
            #expect(stale.decision == .stale)
            let unknown = try await ask(10)
            #expect(unknown.decision == .unknown)
            #expect(!bench.keys.contains(bench.rateLimit))
            // The ingress reads MariaDB, writes the newer version, and asks again.
            try await Self.write(AdmissionBench.account(balance: 90, version: 9, authVersion: 10), to: bench)
            #expect(try await ask(10).decision == .passed)
            #expect(try await ask(9).decision == .stale)
        }
    }

    @Test("a copy of the account that is not complete is not used", arguments: ["authVersion", "status", "balance"])
    func incomplete(field: String) async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            bench.server.command(["HDEL", AdmissionBench.key().names.credits, field])
            #expect(try await AuthenticationScript(key: AdmissionBench.key()).run(bench.redis).decision == .unknown)
            #expect(try await bench.admit(SessionID(value: 1 << 80)) == .unknown)
        }
    }
}
