import TestKit
import Testing

@testable import Worker

private let prefix = "queue:{s03}:sessions"

@Suite("Heavy jobs")
struct HeavyJobTests {
    /// Moves the start of a lane's wait far into the past, so that the lane is starved.
    private static func age(_ bench: QueueBench, _ lane: String) {
        bench.server.command(["ZADD", "\(prefix):overtaken", "1", lane])
    }

    @Test("a heavy job that light ones keep out gets room from one worker, and light ones go on at the other")
    func room() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("heavy", lane: "h", weight: 40)
            for index in 0..<20 { try await bench.add("light\(index)", lane: "l\(index)") }
            let first = try await bench.claims(bench.one, free: 5)
            #expect(first.jobs.count == 5)
            #expect(first.jobs.allSatisfy { $0.job.weight == 1 })
            #expect(bench.server.command(["ZSCORE", "\(prefix):overtaken", "h"]) != "")
            Self.age(bench, "h")
            let waiting = try await bench.claims(bench.one, free: 10)
            #expect(waiting.jobs.isEmpty)
            #expect(waiting.reservedWeight == 40)
            let other = try await bench.claims(bench.other, free: 3)
            #expect(other.jobs.count == 3)
            #expect(other.reservedWeight == 0)
            let made = try await bench.claims(bench.one, free: 45)
            #expect(made.jobs.first?.id == "heavy")
            #expect(made.jobs.count == 6)
            #expect(made.reservedWeight == 0)
            #expect(bench.server.command(["EXISTS", "\(prefix):overtaken", "\(prefix):reservation"]) == "0")
        }
    }

    @Test("of several heavy lanes the one that waits longest is next, with a pause in between, and all are served")
    func order() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            for lane in ["x", "y", "z"] { try await bench.add("\(lane)1", "\(lane)2", lane: lane, weight: 40) }
            for index in 0..<30 { try await bench.add("light\(index)", lane: "l\(index)") }
            for (age, lane) in ["y", "z", "x"].enumerated() {
                bench.server.command(["ZADD", "\(prefix):overtaken", String(age + 1), lane])
            }
            var heavy: [String] = []
            for _ in 0..<3 {
                #expect(try await bench.claims(bench.one, free: 3).jobs.isEmpty)
                heavy += try await bench.claims(bench.one, free: 41).jobs.map(\.job.lane).filter { $0.count == 1 }
                let after = try await bench.claims(bench.one, free: 3)
                #expect(after.reservedWeight == 0)
                #expect(after.jobs.count == 3)
                // Ends the cooldown.
                bench.server.command(["DEL", "\(prefix):cooldown"])
            }
            #expect(heavy == ["y", "z", "x"])
        }
    }

    @Test("room is not made for a lane at its cap, and not without end")
    func bounds() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("h1", lane: "h", weight: 40)
            try await bench.add("light", lane: "l")
            Self.age(bench, "h")
            bench.server.command(["HSET", "\(prefix):inflight", "h", "2000"])
            #expect(try await bench.claims(bench.one, free: 3).jobs.map(\.id) == ["light"])
            bench.server.command(["DEL", "\(prefix):inflight", "\(prefix):parked"])
            try await bench.add("light2", lane: "l")
            try await bench.add("h2", lane: "h", weight: 40)
            bench.server.command(["LPUSH", "\(prefix):ring", "h"])
            bench.server.command(["SADD", "\(prefix):ringed", "h"])
            Self.age(bench, "h")
            #expect(try await bench.claims(bench.one, free: 3).reservedWeight == 40)
            // Ends the reservation, as its expiry would.
            bench.server.command(["DEL", "\(prefix):reservation"])
            let after = try await bench.claims(bench.one, free: 3)
            #expect(after.reservedWeight == 0)
            #expect(after.jobs.map(\.id) == ["light2"])
        }
    }

    @Test("where nearly all is heavy, a light lane still has its turn")
    func turns() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            for lane in 0..<12 {
                for job in 0..<3 { try await bench.add("h\(lane)-\(job)", lane: "h\(lane)", weight: 4) }
            }
            try await bench.add("light", lane: "light")
            var claimed: [String] = []
            for _ in 0..<13 {
                for lane in 0..<12 where bench.server.command(["ZSCORE", "\(prefix):overtaken", "h\(lane)"]) != "" {
                    Self.age(bench, "h\(lane)")
                }
                for free in [4, 1] {
                    claimed += try await bench.claims(bench.one, free: free, reserve: 2).jobs.map(\.id)
                }
            }
            #expect(claimed.contains("light"))
        }
    }

    @Test("room for a lane with work in flight leaves the reserve to others")
    func reserve() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("h1", "h2", lane: "h", weight: 8)
            #expect(try await bench.claim(bench.one, free: 12, reserve: 3).map(\.id) == ["h1"])
            Self.age(bench, "h")
            #expect(try await bench.claims(bench.one, free: 10, reserve: 3).reservedWeight == 11)
            #expect(try await bench.claim(bench.one, free: 11, reserve: 3).map(\.id) == ["h2"])
        }
    }

    @Test("a lane that has emptied wants no room")
    func emptied() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            Self.age(bench, "gone")
            try await bench.add("light", lane: "l")
            let claims = try await bench.claims(bench.one, free: 1)
            #expect(claims.jobs.map(\.id) == ["light"])
            #expect(claims.reservedWeight == 0)
            #expect(bench.server.command(["EXISTS", "\(prefix):overtaken"]) == "0")
        }
    }
}
