// Longer than 300 lines because the rules of one queue are tested in one place.
import Domain
import Platform
import TestKit
import Testing

@testable import Worker

private let sessions = QueuePlace(.sessions, shard: 3)
private let policy = CrashPolicy.bury(in: .burial, crashesMax: 4, counted: Counter())
private let prefix = "queue:{s03}:sessions"

/// The queue's scripts, against a real Redis.
///
/// Tests simulate the passage of time by changing the times that Redis stores.
@Suite("The queue")
struct QueueTests {
    @Test("a lane is first in, first out, and lanes take turns")
    func fairness() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3", "a4")
            try await bench.add("b1", "b2", lane: "b")
            try await bench.add("c1", lane: "c")
            let claims = try await bench.claim(bench.one)
            #expect(claims.map(\.id) == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"])
            #expect(claims.allSatisfy { $0.number == 1 && $0.crashes == 0 })
        }
    }

    @Test("a job is enqueued once, claimed once, and gone when it is acknowledged")
    func once() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a1")
            let claims = try await bench.claim(bench.one)
            #expect(claims.count == 1)
            #expect(try await bench.claim(bench.other).isEmpty)
            #expect(try await bench.acknowledge(bench.other, claims[0]) == false)
            #expect(try await bench.acknowledge(bench.one, claims[0]))
            #expect(try await bench.acknowledge(bench.one, claims[0]) == false)
            let left =
                bench.server.command(["KEYS", "*a1*"]) + bench.server.command(["HGETALL", "\(prefix):inflight"])
            #expect(left == "")
        }
    }

    @Test("a lane at its cap is parked, and freed by an end")
    func caps() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3")
            try await bench.add("b1", lane: "b")
            let claims = try await bench.claim(bench.one, cap: 2)
            #expect(claims.map(\.id) == ["a1", "b1", "a2"])
            #expect(bench.server.command(["SMEMBERS", "\(prefix):parked"]) == "a")
            #expect(try await bench.claim(bench.other, cap: 2).isEmpty)
            _ = try await bench.acknowledge(bench.one, claims[0])
            #expect(try await bench.claim(bench.other, cap: 2).map(\.id) == ["a3"])
        }
    }

    @Test("weights fill a worker, a heavy job goes to an empty one, and a reserve is kept for idle lanes")
    func weights() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3", weight: 4)
            #expect(try await bench.claim(bench.one, free: 9).map(\.id) == ["a1", "a2"])
            try await bench.add("b1", lane: "b", weight: 4)
            #expect(try await bench.claim(bench.other, free: 4).map(\.id) == ["a3"])
            try await bench.add("h1", lane: "h", weight: 40)
            let third = try await bench.other.claim(
                sessions, laneWeightMax: 100, freeWeight: 3, reserve: 0, heldJobs: 1)
            #expect(third.jobs.isEmpty)
            #expect(third.lanesLeft > 0)
        }
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("h1", lane: "h", weight: 40)
            #expect(try await bench.claim(bench.one, free: 8).map(\.id) == ["h1"])
        }
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3")
            #expect(try await bench.claim(bench.one, jobs: 1).map(\.id) == ["a1"])
            #expect(try await bench.claim(bench.one, free: 2, reserve: 2, held: 1).isEmpty)
            try await bench.add("b1", lane: "b")
            #expect(try await bench.claim(bench.one, free: 2, reserve: 2, held: 1).map(\.id) == ["b1"])
        }
    }

    @Test("what a dead worker held comes back in order; one that had begun counts a crash")
    func reaping() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2", "a3")
            let claims = try await bench.claim(bench.one, jobs: 2)
            try await bench.one.start(claims[0])
            bench.expire(bench.one)
            let tick = try await bench.tick(bench.other, policy)
            #expect(tick.reaped == 2)
            let first = try await bench.claim(bench.other)
            #expect(first.map(\.id) == ["a1"])
            #expect(first[0].crashes == 1)
            #expect(first[0].number == 2)
            #expect(try await bench.claim(bench.other).isEmpty)
            #expect(try await bench.acknowledge(bench.one, claims[0]) == false)
            _ = try await bench.acknowledge(bench.other, first[0])
            #expect(try await bench.claim(bench.other).map(\.id) == ["a2", "a3"])
        }
    }

    @Test("a worker whose lease is gone, and whose jobs are not all reaped yet, is fenced")
    func fencing() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2")
            _ = try await bench.claim(bench.one, jobs: 1)
            for lease in ["ZREM \(prefix):leases one", "ZADD \(prefix):leases 0 one"] {
                bench.server.command(lease.split(separator: " ").map(String.init))
                await #expect(throws: QueueError.fenced) { try await bench.claim(bench.one) }
                await #expect(throws: QueueError.fenced) { try await bench.tick(bench.one, policy) }
            }
        }
    }

    @Test(
        "a step that is repeated for an earlier claim of a job does nothing to a later claim, even of the same worker")
    func earlierClaim() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            let first = try await bench.claim(bench.one)[0]
            #expect(try await bench.one.release(first, countsAttempt: false))
            let second = try await bench.claim(bench.one)[0]
            #expect(second.number == first.number + 1)
            // The reply to the first release was lost, so it is repeated; the others come from its handler.
            #expect(try await bench.one.release(first, countsAttempt: true) == false)
            #expect(try await bench.acknowledge(bench.one, first) == false)
            try await bench.one.bury(first, in: .burial)
            try await bench.one.start(first)
            let tick = try await bench.tick(bench.one, policy)
            #expect(tick.heldIDs == ["a1"])
            #expect(bench.server.command(["HMGET", "session:{s03}:a1", "attempts", "started"]) == "")
            #expect(try await bench.acknowledge(bench.one, second))
        }
    }

    @Test("a job that crashed a worker waits for an empty worker, and the reply reports it")
    func alone() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            try await bench.one.start(try await bench.claim(bench.one)[0])
            bench.expire(bench.one)
            try await bench.add("b1", lane: "b")
            let held = try await bench.claim(bench.other)
            #expect(held.map(\.id) == ["b1"])
            _ = try await bench.tick(bench.other, policy)
            let claims = try await bench.other.claim(
                sessions, laneWeightMax: 100, freeWeight: 10, reserve: 0, heldJobs: 1)
            #expect(claims.jobs.isEmpty)
            #expect(claims.isExclusiveJobWaiting)
            _ = try await bench.acknowledge(bench.other, held[0])
            #expect(try await bench.claim(bench.other).map(\.id) == ["a1"])
        }
    }

    @Test("the third crash alone leads to the burial queue, not to another worker")
    func burial() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            for crash in 1...4 {
                let claims = try await bench.claim(bench.one)
                #expect(claims.map(\.crashes) == [crash - 1])
                try await bench.one.start(claims[0])
                bench.expire(bench.one)
                let tick = try await bench.tick(bench.other, policy)
                #expect(tick.buried == (crash == 4 ? 1 : 0))
            }
            #expect(try await bench.claim(bench.other).isEmpty)
            let buried = try await bench.other.claim(
                QueuePlace(.burial, shard: 3), laneWeightMax: 100, freeWeight: 10, reserve: 0)
            #expect(buried.jobs.map(\.id) == ["a1"])
            #expect(try await bench.acknowledge(bench.other, buried.jobs[0]))
        }
    }

    @Test("a shard that was away extends every lease instead of reaping")
    func pulse() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            _ = try await bench.claim(bench.one)
            bench.server.command(["SET", "\(prefix):pulse", "1"])
            bench.expire(bench.one)
            #expect(try await bench.tick(bench.other, policy).reaped == 0)
            #expect(try await bench.tick(bench.one, policy).heldIDs == ["a1"])
        }
    }

    @Test("a released job is at the head of its lane, or returns to it when it is due")
    func release() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2")
            let claims = try await bench.claim(bench.one, jobs: 1)
            #expect(try await bench.one.release(claims[0], countsAttempt: false))
            #expect(try await bench.one.release(claims[0], countsAttempt: false) == false)
            let again = try await bench.claim(bench.one, jobs: 1)
            #expect(again.map(\.id) == ["a1"])
            #expect(again[0].attempts == 0)
            #expect(try await bench.one.release(again[0], delay: .seconds(3_600), countsAttempt: true))
            let claimed = try await bench.one.claim(sessions, laneWeightMax: 9, freeWeight: 9, reserve: 0)
            #expect(claimed.jobs.map(\.id) == ["a2"])
            // A span by Redis's clock, so it does not depend on the worker's.
            let due = try #require(claimed.nextDue)
            #expect(due > .seconds(3_500) && due <= .seconds(3_600))
            bench.server.command(["ZADD", "\(prefix):delayed", "1", "a1"])
            let back = try await bench.claim(bench.one)
            #expect(back.map(\.id) == ["a1"])
            #expect(back[0].attempts == 1)
        }
    }

    @Test("a resting lane gives nothing until its time")
    func resting() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2")
            let claims = try await bench.claim(bench.one, jobs: 1)
            try await bench.one.release(claims[0], countsAttempt: false, laneRest: .seconds(60))
            try await bench.add("a3")
            #expect(try await bench.claim(bench.one).isEmpty)
            bench.server.command(["ZADD", "\(prefix):resting", "1", "a"])
            #expect(try await bench.claim(bench.one).map(\.id) == ["a1", "a2", "a3"])
        }
    }

    @Test("a lane with a damaged job takes no other lane with it, and what was claimed is counted")
    func damagedLane() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            for number in 0..<10 { try await bench.add("j\(number)", lane: "l\(number)") }
            let key = bench.redis.keys.job(.sessions, shard: 3, "j4")
            bench.server.command(["DEL", key])
            bench.server.command(["SET", key, "no hash"])
            let claims = try await bench.claim(bench.one)
            #expect(claims.count == 9)
            #expect(bench.server.command(["HLEN", "\(prefix):inflight"]) == "9")
            #expect(bench.server.command(["LRANGE", "\(prefix):ring", "0", "-1"]) == "l4")
            for claim in claims { #expect(try await bench.acknowledge(bench.one, claim)) }
            #expect(bench.server.command(["EXISTS", "\(prefix):inflight"]) == "0")
            try await bench.add("more", lane: "l1")
            #expect(try await bench.claim(bench.one).map(\.id) == ["more"])
        }
    }

    @Test("deliveries are enqueued when their session ends, once")
    func deliveries() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1")
            let claim = try await bench.claim(bench.one)[0]
            let deliveries = [PendingDelivery(id: "d1", endpoint: "w"), PendingDelivery(id: "d2", endpoint: "w")]
            for expected in [true, false] {
                let one = SessionReport(
                    claim: claim, organizationID: OrganizationID(value: 1), account: nil, deliveries: deliveries)
                let script = SessionEndScript(boot: bench.one.boot, place: claim.place, ended: [one])
                #expect(try await script.run(bench.redis) == [expected])
            }
            let found = try await bench.one.claim(
                QueuePlace(.webhooks, shard: 3), laneWeightMax: 9, freeWeight: 9, reserve: 0)
            #expect(found.jobs.map(\.id) == ["d1", "d2"])
        }
    }

    @Test("a worker that found nothing is woken by the next job, and only once")
    func waking() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            #expect(try await bench.claim(bench.one).isEmpty)
            #expect(bench.server.command(["SMEMBERS", "waiters:{s03}:sessions"]) == "one")
            try await bench.add("a1")
            #expect(bench.server.command(["SCARD", "waiters:{s03}:sessions"]) == "0")
        }
    }

    @Test("a full Redis takes no more jobs, and gives out what it has")
    func full() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            try await bench.add("a1", "a2")
            bench.server.command(["CONFIG", "SET", "maxmemory", "1"])
            await #expect(throws: RedisError.self) { try await bench.add("a3") }
            for claim in try await bench.claim(bench.one) {
                try await bench.one.start(claim)
                #expect(try await bench.acknowledge(bench.one, claim))
            }
            #expect(try await bench.tick(bench.one, policy).heldIDs.isEmpty)
        }
    }

    @Test("over thousands of random steps and deaths, no job is lost, doubled or stranded", arguments: [1, 2, 3])
    func randomWalk(seed: UInt64) async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            var random = SeededGenerator(state: seed)
            var open: Set<String> = []
            var held: [String: [Claim]] = ["one": [], "other": []]
            var made = 0
            let workers = ["one": bench.one, "other": bench.other]
            for _ in 0..<3_000 {
                guard let (name, worker) = workers.randomElement(using: &random) else { continue }
                switch Int.random(in: 0..<10, using: &random) {
                case 0...3:
                    made += 1
                    open.insert("j\(made)")
                    try await bench.add(
                        "j\(made)", lane: ["x", "y", "z"][made % 3], weight: Int.random(in: 1...4, using: &random))
                case 4...5:
                    let claims: [Claim]
                    do throws(QueueError) {
                        claims = try await worker.claim(
                            sessions, laneWeightMax: 9, freeWeight: 6, reserve: 2, jobsMax: 4
                        ).jobs
                    } catch {
                        held[name] = []
                        continue
                    }
                    for claim in claims {
                        #expect(!held.values.joined().contains { $0.id == claim.id }, "\(claim.id) is held twice")
                    }
                    held[name, default: []] += claims
                case 6...7:
                    guard let claim = held[name]?.popLast() else { continue }
                    if try await bench.acknowledge(worker, claim) { open.remove(claim.id) }
                case 8:
                    guard let claim = held[name]?.popLast() else { continue }
                    try await worker.release(claim, countsAttempt: false)
                default:
                    let other = name == "one" ? "other" : "one"
                    bench.expire(worker)
                    held[name] = []
                    if let other = workers[other] { _ = try? await bench.tick(other, policy) }
                }
            }
            for (name, worker) in workers {
                for claim in held[name] ?? [] where try await bench.acknowledge(worker, claim) { open.remove(claim.id) }
            }
            for _ in 0..<2_000 where !open.isEmpty {
                for claim in try await bench.claim(bench.one) where try await bench.acknowledge(bench.one, claim) {
                    open.remove(claim.id)
                }
                bench.expire(bench.other)
                _ = try await bench.tick(bench.one, policy)
            }
            #expect(open.isEmpty)
            #expect(bench.server.command(["HGETALL", "\(prefix):inflight"]) == "")
            #expect(bench.server.command(["KEYS", "session:*"]) == "")
        }
    }
}
