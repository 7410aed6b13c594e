import Platform
import TestKit
import Testing

/// Every process is killed at every stage of sessions under way: no accepted session is lost or charged twice.
@Suite("Killing everything")
struct KillTests {
    @Test(
        "after kills of worker, ingress, Redis and MariaDB at every stage each accepted session is completed, charged and delivered once"
    )
    func everything() async throws {
        let scene = try KillScene()
        for stage in KillScene.Stage.allCases {
            for victim in KillScene.Victim.allCases { try await scene.kill(victim, at: stage) }
        }
        var random = SeededGenerator(state: 11)
        for _ in 0..<3 {
            for victim in KillScene.Victim.allCases {
                let client = Task.detached { try await scene.submit(38) }
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...400, using: &random)))
                try scene.killAnywhere(victim)
                _ = try await client.value
            }
        }
        try await scene.expectEverythingToBeWell()
        #expect(scene.accepted.count >= 500)
        print("sessions under way in the worker when a process was killed, by their stage:")
        for victim in KillScene.Victim.allCases {
            let seen = scene.kills[victim] ?? [:]
            let line = KillScene.Stage.allCases.map { "\($0) \(seen[$0] ?? 0)" }.joined(separator: ", ")
            print("  kill of \(victim): \(line)")
            for stage in KillScene.Stage.allCases {
                #expect(seen[stage, default: 0] > 0, "\(victim) was never killed at \(stage)")
            }
        }
    }
}
