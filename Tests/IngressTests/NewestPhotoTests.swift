import Domain
import TestKit
import Testing

@testable import Ingress

@Suite("A customer's newest photo")
struct NewestPhotoTests {
    @Test("an older photo never takes the place of a newer one, nor of the mark of an erasure")
    func order() async throws {
        let server = try RedisServer(options: ["--appendonly", "no"])
        let failure = try await TestRedis.connect(server) { redis, _ -> (any Error)? in
            let store = RedisStore(keys: RedisKeys(shardCount: 16)) { redis }
            func offer(_ photo: String, isCertain: Bool = false, leavesAt there: String) async throws {
                try await NewestPhotoScript(
                    photo, for: "ref", in: RedisSlot(key: "ref"), lifetimeSeconds: 60, wasJustStored: isCertain
                ).run(store)
                #expect(server.command(["GET", "ref"]) == there)
            }
            do {
                try await offer("pho_2", leavesAt: "pho_2")
                try await offer("pho_1", leavesAt: "pho_2")
                try await offer("pho_1", isCertain: true, leavesAt: "pho_2")
                try await offer("pho_3", leavesAt: "pho_3")
                server.command(["SET", "ref", "~pho_3"])
                try await offer("pho_3", leavesAt: "~pho_3")
                // Stored before the erasure, but offered after it.
                try await offer("pho_3", isCertain: true, leavesAt: "~pho_3")
                try await offer("pho_4", isCertain: true, leavesAt: "pho_4")
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
