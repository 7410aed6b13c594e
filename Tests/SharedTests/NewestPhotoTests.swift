import TestServers
import Testing

@testable import Shared

@Suite("A customer's newest photo")
struct NewestPhotoTests {
    @Test("an older photo never takes the place of a newer one, nor of the mark of an erasure")
    func order() async throws {
        try await QueueTests.bench { bound in
            let bench = bound.value
            func offer(_ photo: String, isCertain: Bool = false, leavesAt there: String) async throws {
                _ = try await bench.redis.run(NewestPhotoScript.script, keys: ["ref"]) { command in
                    command.append(photo)
                    command.append(Int64(60))
                    command.append(isCertain ? "1" : "0")
                }
                #expect(bench.server.command(["GET", "ref"]) == there)
            }
            try await offer("pho_2", leavesAt: "pho_2")
            try await offer("pho_1", leavesAt: "pho_2")
            try await offer("pho_1", isCertain: true, leavesAt: "pho_2")
            try await offer("pho_3", leavesAt: "pho_3")
            bench.server.command(["SET", "ref", "~pho_3"])
            try await offer("pho_3", leavesAt: "~pho_3")
            // It was stored before the erasure, and told late.
            try await offer("pho_3", isCertain: true, leavesAt: "~pho_3")
            try await offer("pho_4", isCertain: true, leavesAt: "pho_4")
        }
    }
}
