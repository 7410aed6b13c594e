import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// What a process claims of lanes that have a share of their own.
@Suite("Room of lanes")
struct LaneRoomTests {
    private struct Shares: LaneShares {
        var standard = LaneShare()
        var lanes: [String: LaneShare] = [:]

        func share(of lane: String) -> LaneShare { lanes[lane] ?? standard }

        var exceptions: [String] { lanes.keys.sorted() }

        func learn(_ lanes: Set<String>) async {}
    }

    private static func claim(
        _ bench: QueueBench, _ shares: Shares, held: [String: Int] = [:], free: Int = 100
    ) async throws -> [String] {
        try await bench.one.claim(
            QueueBench.sessions, laneWeightMax: 1_000, freeWeight: free, reserve: 0,
            room: LaneRoom(shares, held: held)
        ).jobs.map(\.id)
    }

    @Test("a lane gives as many jobs as its share, less those that the process holds; other lanes give all")
    static func jobs() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3", "a4", lane: "a")
            try await bench.add("b1", "b2", lane: "b")
            let shares = Shares(lanes: ["a": LaneShare(jobsMax: 3, weight: 1)])
            #expect(try await claim(bench, shares, held: ["a": 2]).sorted() == ["a1", "b1", "b2"])
            #expect(try await claim(bench, shares, held: ["a": 3, "b": 2]) == [])
            // The job that waits is not gone, and is next.
            #expect(try await claim(bench, shares, held: ["a": 1, "b": 2]) == ["a2", "a3"])
            #expect(try await claim(bench, Shares()) == ["a4"])
        }
    }

    @Test("the standard share holds for every lane that is not named")
    static func standard() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", lane: "a")
            try await bench.add("b1", "b2", lane: "b")
            try await bench.add("c1", "c2", lane: "c")
            let shares = Shares(standard: LaneShare(jobsMax: 1, weight: 1), lanes: ["c": LaneShare()])
            #expect(try await claim(bench, shares).sorted() == ["a1", "b1", "c1", "c2"])
            #expect(try await claim(bench, shares, held: ["a": 1, "b": 1, "c": 2]) == [])
            // A lane without a limit keeps that, and its jobs their weights, while the process holds some of it.
            try await bench.add("c3", "c4", lane: "c", weight: 40)
            #expect(try await claim(bench, shares, held: ["a": 1, "b": 1, "c": 2], free: 50) == ["c3"])
            #expect(try await claim(bench, shares, held: ["a": 1, "b": 1, "c": 3], free: 50) == ["c4"])
        }
    }

    @Test("a heavy job of a lane with a weight of its own fits into little room; in Redis it keeps its weight")
    static func weights() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3", lane: "a", weight: 40)
            let shares = Shares(lanes: ["a": LaneShare(jobsMax: nil, weight: 1)])
            // Two fit into two slots, where one would not.
            #expect(try await claim(bench, shares, held: ["x": 1], free: 2) == ["a1", "a2"])
            #expect(bench.server.command(["HGET", "queue:{s03}:sessions:inflight", "a"]) == "80")
        }
    }

    @Test("a weight that is larger than the slots is refused at start")
    static func tooHeavy() throws {
        do throws(ConfigurationError) {
            _ = try WorkerConfiguration(environment: ["DRAPE_WORKER_SLOTS": "8", "DRAPE_MODEL_WEIGHT": "9"])
            Issue.record("it was accepted")
        } catch {
            let fault = "DRAPE_MODEL_WEIGHT: is 9, more than DRAPE_WORKER_SLOTS, which is 8"
            #expect("\(error)".contains(fault), "\(error)")
        }
    }
}
