import Domain
import Platform
import TestKit

@testable import Worker

/// Two workers of one queue on one loop, with a real Redis.
struct QueueBench {
    static let sessions = QueuePlace(.sessions, shard: 3)
    /// Names of Redis keys of that place.
    static let delayed = "queue:{s03}:sessions:delayed"
    static let leases = "queue:{s03}:sessions:leases"
    static let waiters = "waiters:{s03}:sessions"
    static let idle = "idle:{s03}:sessions"

    let server: RedisServer
    let loop: EventLoop
    /// The clock of the loop; Redis uses the real time.
    let clock: ManualClock
    let redis: RedisStore
    let one: QueueConsumer
    let other: QueueConsumer

    func add(_ ids: String..., lane: String = "a", weight: Int = 1) async throws {
        for id in ids {
            try await QueueProducer(redis).enqueue(
                Job(id: id, lane: lane, weight: weight, payload: [[], []]), in: Self.sessions)
        }
    }

    func claim(
        _ worker: QueueConsumer, free: Int = 100, reserve: Int = 0, cap: Int = 100, jobs: Int = 100, held: Int = 0
    ) async throws -> [Claim] {
        try await worker.claim(
            Self.sessions, laneWeightMax: cap, freeWeight: free, reserve: reserve, jobsMax: jobs, heldJobs: held
        ).jobs
    }

    func claims(_ worker: QueueConsumer, free: Int, reserve: Int = 0) async throws -> ClaimScript.Reply {
        // Holds one job, because an idle worker may claim a job that is heavier than its free weight.
        try await worker.claim(Self.sessions, laneWeightMax: 1_000, freeWeight: free, reserve: reserve, heldJobs: 1)
    }

    /// Ticks the place of this bench.
    func tick(_ worker: QueueConsumer, _ policy: CrashPolicy) async throws -> TickScript.Reply {
        let part = TickScript.Part(queue: Self.sessions.queue, crashPolicy: policy)
        guard let reply = try await worker.tick(Self.sessions.shard, [part]).first, let reply else {
            throw QueueError.fenced
        }
        return reply
    }

    /// Makes a worker's lease expire.
    func expire(_ worker: QueueConsumer) {
        server.command(["ZADD", Self.leases, "1", worker.boot])
    }

    /// How often Redis has run a command, also in scripts, since its counts were reset.
    func calls(_ command: String) -> Int {
        let line = server.command(["INFO", "commandstats"]).split(whereSeparator: \.isNewline).first {
            $0.hasPrefix("cmdstat_\(command):")
        }
        let count = line?.split(separator: ",").first?.split(separator: "=").last
        return count.flatMap { Int($0) } ?? 0
    }

    /// Waits until every reply to an earlier command was handled.
    func settle() async throws {
        _ = try await redis.send(RedisCommand("PING"), to: redis.keys.slot(ofShard: Self.sessions.shard))
    }

    func acknowledge(_ worker: QueueConsumer, _ claim: Claim) async throws -> Bool {
        try await worker.acknowledge(claim)
    }

    static func run(
        options: [String] = ["--appendonly", "no"],
        _ body: @escaping @Sendable (LoopBound<QueueBench>) async throws -> Void
    ) async throws {
        let server = try RedisServer(options: options)
        let clock = ManualClock()
        let failure = try await TestRedis.connect(server, clock: clock) { redis, loop -> (any Error)? in
            let store = RedisStore(keys: RedisKeys(shardCount: 16)) { redis }
            let bench = QueueBench(
                server: server, loop: loop, clock: clock, redis: store,
                one: QueueConsumer(loop: loop, boot: "one", redis: store),
                other: QueueConsumer(loop: loop, boot: "other", redis: store))
            do {
                try await body(LoopBound(bench, on: loop))
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
