import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The limits of an endpoint, as claims and the ends of attempts keep them.
@Suite("Limits of endpoints")
struct LaneLimitTests {
    private static let place = QueuePlace(.webhooks, shard: 3)
    private static let webhook = WebhookID(value: 5)
    private static let queue = "queue:{s03}:webhooks"
    private static let organization = OrganizationID(value: 0x3c)

    private let bench: QueueBench
    private let lane = LaneLimitTests.webhook.description

    private func add(_ ids: String..., lane: String? = nil) async throws {
        for id in ids {
            let job = Job(id: id, lane: lane ?? self.lane, weight: 1, payload: [[]])
            try await QueueProducer(bench.redis).enqueue(job, in: Self.place)
        }
    }

    private func claim(_ most: Int = 100) async throws -> [Claim] {
        try await bench.one.claim(
            Self.place, laneWeightMax: CircuitBreaker.attemptsAtOnceMax, freeWeight: most, reserve: 0, jobsMax: most
        ).jobs
    }

    private func end(
        _ claims: [Claim], _ limits: WebhookLimits, _ verdict: EndpointVerdict = .answered, retryAfter: Duration? = nil
    ) async throws {
        let ends = claims.map { DeliveryEnd(claim: $0, limits: limits, verdict: verdict, retryAfter: retryAfter) }
        let script = DeliveryEndScript(boot: "one", place: Self.place, ends: ends, jitter: 1)
        #expect(try await script.run(bench.redis).wereHeld.allSatisfy { $0 })
    }

    private func set(_ limits: WebhookLimits) async throws {
        try await LaneLimitScript(Self.webhook, limits, shard: 3).run(bench.redis)
    }

    private func resume() { bench.server.command(["ZADD", "\(Self.queue):resting", "XX", "1", lane]) }

    private static func limits(_ most: Int = 16, rate: Int? = nil, isOrdered: Bool = false) -> WebhookLimits {
        WebhookLimits(maxConcurrency: most, ratePerSecond: rate, isOrdered: isOrdered)
    }

    private static func run(_ body: @escaping @Sendable (LaneLimitTests) async throws -> Void) async throws {
        try await QueueBench.run { bound in try await body(Self(bench: bound.value)) }
    }

    @Test("no more deliveries of an endpoint are under way than its limit, and a new limit holds at once")
    static func concurrency() async throws {
        try await run { tests in
            try await tests.set(limits(2))
            try await tests.add("a", "b", "c", "d", "e", "f")
            let first = try await tests.claim()
            #expect(first.map(\.id) == ["a", "b"])
            #expect(try await tests.claim().isEmpty)
            try await tests.end([first[0]], limits(2))
            #expect(try await tests.claim().map(\.id) == ["c"])
            // The end of an attempt brings what its owner has set meanwhile, and so does a change.
            try await tests.end([first[1]], limits(3))
            #expect(try await tests.claim().map(\.id) == ["d", "e"])
            try await tests.set(.standard)
            #expect(try await tests.claim().map(\.id) == ["f"])
            #expect(tests.bench.server.command(["EXISTS", "\(queue):caps"]) == "0")
        }
    }

    @Test("a dispatch brings the limits of its endpoint, and an endpoint without limits costs nothing more")
    static func dispatched() async throws {
        try await run { tests in
            let shard = try #require(
                (0..<200).map { OrganizationID(value: $0) }.first { tests.bench.redis.keys.shard(of: $0) == 3 })
            let deliveries = ["a", "b"].map {
                PendingDelivery(id: $0, endpoint: tests.lane, limits: limits(isOrdered: true))
            }
            try await DispatchScript(deliveries, of: shard).run(tests.bench.redis)
            #expect(tests.bench.server.command(["HGET", "\(queue):limits", tests.lane]) == "1 0 1 0")
            #expect(try await tests.claim().map(\.id) == ["a"])
            #expect(try await tests.claim().isEmpty)
        }
    }

    @Test("an endpoint with a rate rests between its deliveries; other endpoints are served")
    static func rate() async throws {
        try await run { tests in
            try await tests.set(limits(rate: 2))
            try await tests.add("a", "b")
            try await tests.add("x", "y", lane: "other")
            let claims = try await tests.claim()
            #expect(claims.map(\.id) == ["a", "x", "y"])
            #expect(try await tests.claim().isEmpty)
            let until = try #require(Int64(tests.bench.server.command(["ZSCORE", "\(queue):resting", tests.lane])))
            let now = SystemClock().now().unixMs
            #expect(until > now - 100 && until <= now + 500)
            tests.resume()
            #expect(try await tests.claim().map(\.id) == ["b"])
            // A tenth of a second of a high rate may begin at once.
            try await tests.set(limits(64, rate: 200))
            for number in 0..<100 { try await tests.add("n\(number)") }
            tests.resume()
            let burst = try await tests.claim(200).count
            #expect((20...21).contains(burst))
        }
    }

    @Test("an ordered endpoint has one delivery at a time, and one that fails stays the next")
    static func ordered() async throws {
        try await run { tests in
            let ordered = limits(isOrdered: true)
            try await tests.set(ordered)
            try await tests.add("a", "b", "c")
            let first = try await tests.claim()
            #expect(first.map(\.id) == ["a"])
            try await tests.end(first, ordered, .failed, retryAfter: .seconds(60))
            #expect(try await tests.claim().isEmpty)
            #expect(tests.bench.server.command(["EXISTS", "\(queue):delayed"]) == "0")
            tests.resume()
            let again = try await tests.claim()
            #expect(again.map(\.id) == ["a"])
            try await tests.end(again, ordered)
            #expect(try await tests.claim().map(\.id) == ["b"])
        }
    }

    @Test("attempts that began before a webhook was changed do not bring its old limits back")
    static func olderLimits() async throws {
        try await run { tests in
            for number in 0..<20 { try await tests.add("d\(number)") }
            let under = try await tests.claim()
            #expect(under.count == 16)
            let ordered = WebhookLimits(maxConcurrency: 16, ratePerSecond: nil, isOrdered: true, version: 2)
            try await tests.set(ordered)
            let old = WebhookLimits(maxConcurrency: 16, ratePerSecond: nil, isOrdered: false, version: 1)
            for claim in under.dropLast() { try await tests.end([claim], old) }
            #expect(try await tests.claim().isEmpty)
            try await tests.end([under[15]], old)
            #expect(try await tests.claim().count == 1)
        }
    }

    @Test("limits that are set while a breaker closes are lower at once")
    static func whileClosing() async throws {
        try await run { tests in
            try await tests.add("a")
            tests.bench.server.command(["ZADD", "\(queue):broken", "1", tests.lane])
            tests.bench.server.command(["HSET", "\(queue):caps", tests.lane, "7"])
            try await tests.set(limits(isOrdered: true))
            #expect(tests.bench.server.command(["HGET", "\(queue):caps", tests.lane]) == "1")
            try await tests.set(limits(64))
            #expect(tests.bench.server.command(["HGET", "\(queue):caps", tests.lane]) == "1")
        }
    }

    @Test("an endpoint that is ordered no longer is not held up by the one that failed")
    static func noLongerOrdered() async throws {
        try await run { tests in
            let ordered = limits(isOrdered: true)
            try await tests.set(ordered)
            try await tests.add("a", "b")
            try await tests.end(try await tests.claim(), ordered, .answered, retryAfter: .seconds(86_400))
            #expect(try await tests.claim().isEmpty)
            try await tests.set(.standard)
            #expect(try await tests.claim().map(\.id) == ["a", "b"])
        }
    }

    @Test("closing a breaker that is closed leaves the pause of an operator")
    static func paused() async throws {
        try await run { tests in
            try await tests.add("a")
            _ = try await LanePauseScript(tests.lane, in: place, for: .seconds(600)).run(tests.bench.redis)
            #expect(try await CircuitBreakerCloseScript(webhook, shard: 3).run(tests.bench.redis) == false)
            #expect(try await tests.claim().isEmpty)
        }
    }

    @Test("a breaker that closes by an older attempt keeps the newer limits")
    static func closedByOlder() async throws {
        try await run { tests in
            for number in 0..<20 { try await tests.add("d\(number)") }
            let under = try await tests.claim(1)
            let key = tests.bench.redis.keys.circuitBreaker(webhook, shard: 3)
            tests.bench.server.command(["HSET", key, "state", "ramp", "ramp", "15"])
            tests.bench.server.command(["ZADD", "\(queue):broken", "1", tests.lane])
            tests.bench.server.command(["HSET", "\(queue):caps", tests.lane, "15"])
            try await tests.set(WebhookLimits(maxConcurrency: 16, ratePerSecond: nil, isOrdered: true, version: 2))
            let old = WebhookLimits(maxConcurrency: 16, ratePerSecond: nil, isOrdered: false, version: 1)
            try await tests.end(under, old)
            #expect(tests.bench.server.command(["HGET", "\(queue):caps", tests.lane]) == "1")
            #expect(try await tests.claim().count == 1)
        }
    }

    @Test("an ordered attempt that ends after the webhook is ordered no longer does not hold up the lane")
    static func orderedBefore() async throws {
        try await run { tests in
            let ordered = WebhookLimits(maxConcurrency: 16, ratePerSecond: nil, isOrdered: true, version: 1)
            try await tests.set(ordered)
            try await tests.add("a", "b", "c")
            let under = try await tests.claim()
            for version: Int64 in [2, 3] {
                try await tests.set(
                    WebhookLimits(
                        maxConcurrency: version == 2 ? 8 : 16, ratePerSecond: nil, isOrdered: false, version: version))
            }
            try await tests.end(under, ordered, .answered, retryAfter: .seconds(36_000))
            #expect(try await tests.claim().map(\.id) == ["b", "c"])
        }
    }

    @Test("a breaker that has expired leaves no limit behind")
    static func expired() async throws {
        try await run { tests in
            for number in 0..<30 { try await tests.add("d\(number)") }
            for _ in 0..<5 { try await tests.end(try await tests.claim(1), .standard, .unreachable) }
            #expect(tests.bench.server.command(["HGET", "\(queue):caps", tests.lane]) == "1")
            tests.bench.server.command(["DEL", tests.bench.redis.keys.circuitBreaker(webhook, shard: 3)])
            tests.resume()
            try await tests.end(try await tests.claim(1), .standard)
            #expect(tests.bench.server.command(["EXISTS", "\(queue):caps", "\(queue):broken"]) == "0")
            #expect(try await tests.claim().count == 16)
        }
    }

    @Test("an endpoint that has recovered has its own limit again, and not the standard one")
    static func breaker() async throws {
        try await run { tests in
            let limits = limits(3)
            try await tests.set(limits)
            try await tests.add("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n")
            for _ in 0..<5 { try await tests.end(try await tests.claim(1), limits, .unreachable) }
            #expect(tests.bench.server.command(["HGET", "\(queue):caps", tests.lane]) == "1")
            // A change of the limits does not end the probing.
            try await tests.set(Self.limits(4))
            #expect(tests.bench.server.command(["HGET", "\(queue):caps", tests.lane]) == "1")
            tests.bench.server.command(["HSET", tests.bench.redis.keys.circuitBreaker(webhook, shard: 3), "until", "1"])
            tests.resume()
            for _ in 0..<5 { try await tests.end(try await tests.claim(1), Self.limits(4)) }
            #expect(try await CircuitBreakerScript(shard: 3, [webhook]).run(tests.bench.redis)[0] == .closed)
            #expect(tests.bench.server.command(["HGET", "\(queue):caps", tests.lane]) == "4")
            #expect(try await tests.claim().count == 4)
        }
    }

    @Test("a lane takes a bounded number of deliveries; the others stay in MariaDB")
    static func bounded() async throws {
        try await run { tests in
            let shard = try #require(
                (0..<200).map { OrganizationID(value: $0) }.first { tests.bench.redis.keys.shard(of: $0) == 3 })
            let fill = (0..<DispatchLua.laneDeliveriesMax).map { "f\($0)" }
            tests.bench.server.command(["LPUSH", "\(queue):lane:\(tests.lane)"] + fill)
            let one = PendingDelivery(id: "late", endpoint: tests.lane)
            try await DispatchScript([one], of: shard).run(tests.bench.redis)
            #expect(
                tests.bench.server.command(["EXISTS", tests.bench.redis.keys.job(.webhooks, shard: 3, "late")]) == "0")
            tests.bench.server.command(["RPOP", "\(queue):lane:\(tests.lane)"])
            try await DispatchScript([one], of: shard).run(tests.bench.redis)
            #expect(
                tests.bench.server.command(["EXISTS", tests.bench.redis.keys.job(.webhooks, shard: 3, "late")]) == "1")
            // While its breaker is open a lane takes fewer.
            tests.bench.server.command(["LTRIM", "\(queue):lane:\(tests.lane)", "0", "199"])
            tests.bench.server.command(["ZADD", "\(queue):broken", "1", tests.lane])
            for (id, isTaken) in [("more", "0"), ("next", "1")] {
                let one = PendingDelivery(id: id, endpoint: tests.lane)
                try await DispatchScript([one], of: shard).run(tests.bench.redis)
                let name = tests.bench.redis.keys.job(.webhooks, shard: 3, id)
                #expect(tests.bench.server.command(["EXISTS", name]) == isTaken)
                tests.bench.server.command(["RPOP", "\(queue):lane:\(tests.lane)"])
            }
        }
    }
}
