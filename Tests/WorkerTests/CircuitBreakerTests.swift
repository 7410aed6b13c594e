import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The circuit breaker of an endpoint, by the results that a worker reports.
@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private static let place = QueuePlace(.webhooks, shard: 3)
    private static let webhook = WebhookID(value: 5)
    private static let queue = "queue:{s03}:webhooks"

    private let bench: QueueBench
    private let lane = CircuitBreakerTests.webhook.description

    private func add(_ count: Int, from first: Int = 0, lane: String? = nil) async throws {
        for number in first..<first + count {
            try await QueueProducer(bench.redis).enqueue(
                Job(id: "\(lane ?? "d")-\(number)", lane: lane ?? self.lane, weight: 1, payload: [[]]), in: Self.place)
        }
    }

    private func claim(_ most: Int = 100) async throws -> [Claim] {
        try await bench.one.claim(
            Self.place, laneWeightMax: CircuitBreaker.attemptsAtOnceMax, freeWeight: most, reserve: 0, jobsMax: most
        ).jobs
    }

    /// Ends attempts; returns how many breakers have opened.
    @discardableResult
    private func end(
        _ claims: [Claim], _ verdict: EndpointVerdict, retryAfter: Duration? = nil
    ) async throws -> Int {
        let ends = claims.map { DeliveryEnd(claim: $0, limits: .standard, verdict: verdict, retryAfter: retryAfter) }
        let reply = try await DeliveryEndScript(boot: "one", place: Self.place, ends: ends, jitter: 1).run(bench.redis)
        #expect(reply.wereHeld == ends.map { _ in true })
        return reply.breakersOpened
    }

    private func breaker() async throws -> CircuitBreaker {
        try await CircuitBreakerScript(shard: 3, [Self.webhook]).run(bench.redis)[0]
    }

    /// Makes the time of the next probe come.
    private func waitUntilProbe() {
        bench.server.command(["HSET", bench.redis.keys.circuitBreaker(Self.webhook, shard: 3), "until", "1"])
        bench.server.command(["ZADD", "\(Self.queue):resting", "XX", "1", lane])
    }

    private static func run(_ body: @escaping @Sendable (CircuitBreakerTests) async throws -> Void) async throws {
        try await QueueBench.run { bound in try await body(Self(bench: bound.value)) }
    }

    @Test("five attempts in a row without an answer open it; its lane rests, and other lanes are served")
    static func unreachable() async throws {
        try await run { tests in
            try await tests.add(10)
            #expect(try await tests.end(try await tests.claim(4), .unreachable, retryAfter: .seconds(60)) == 0)
            #expect(try await tests.breaker() == .closed)
            #expect(try await tests.end(try await tests.claim(1), .unreachable, retryAfter: .seconds(60)) == 1)
            try await tests.add(1, lane: "other")
            let breaker = try await tests.breaker()
            #expect(breaker.state == .open && breaker.reason == .unreachable)
            let (opened, next) = (try #require(breaker.openedAt), try #require(breaker.nextProbeAt))
            #expect(next.unixMs - opened.unixMs == 15_000)
            #expect(try await tests.claim().map(\.job.lane) == ["other"])
        }
    }

    @Test("an answer between them begins the row again; 429 and other refusals are answers")
    static func row() async throws {
        try await run { tests in
            try await tests.add(9)
            for verdict in [EndpointVerdict.unreachable, .unreachable, .unreachable, .unreachable, .answered] {
                #expect(try await tests.end(try await tests.claim(1), verdict) == 0)
            }
            #expect(EndpointVerdict(status: 429) == .answered && EndpointVerdict(status: 302) == .answered)
            #expect(EndpointVerdict(status: 503) == .failed)
            #expect(try await tests.breaker() == .closed)
        }
    }

    @Test("half of ten attempts failed opens it, fewer do not; what was not sent counts for nothing")
    static func failing() async throws {
        try await run { tests in
            try await tests.add(40)
            #expect(try await tests.end(try await tests.claim(4), .failed) == 0)
            #expect(try await tests.end(try await tests.claim(6), .unknown) == 0)
            #expect(try await tests.end(try await tests.claim(6), .answered) == 0)
            #expect(try await tests.breaker() == .closed)
            // Six of twelve.
            #expect(try await tests.end(try await tests.claim(2), .failed) == 1)
            let breaker = try await tests.breaker()
            #expect(breaker.state == .open && breaker.reason == .failing)
        }
    }

    @Test("attempts of more than a minute ago do not count")
    static func window() async throws {
        try await run { tests in
            try await tests.add(20)
            #expect(try await tests.end(try await tests.claim(9), .failed) == 0)
            let key = tests.bench.redis.keys.circuitBreaker(webhook, shard: 3)
            let window = tests.bench.server.command(["HGET", key, "window"]).split(separator: " ")
            #expect(window.dropFirst() == ["9", "9"])
            let slot = try #require(Int(window[0]))
            tests.bench.server.command(["HSET", key, "window", "\(slot - 6) 9 9"])
            #expect(try await tests.end(try await tests.claim(1), .failed) == 0)
            tests.bench.server.command(["HSET", key, "window", "\(slot - 4) 9 9"])
            #expect(try await tests.end(try await tests.claim(1), .failed) == 1)
        }
    }

    @Test("results that come while it is open change nothing")
    static func late() async throws {
        try await run { tests in
            try await tests.add(16)
            let claims = try await tests.claim()
            #expect(try await tests.end(Array(claims.prefix(5)), .unreachable) == 1)
            let before = try await tests.breaker()
            #expect(try await tests.end(Array(claims[5..<10]), .unreachable) == 0)
            #expect(try await tests.end(Array(claims[10...]), .answered) == 0)
            #expect(try await tests.breaker() == before)
        }
    }

    @Test("half-open there is one probe at a time; one that fails opens it for twice the time, up to ten minutes")
    static func probes() async throws {
        try await run { tests in
            try await tests.add(30)
            try await tests.end(try await tests.claim(5), .unreachable)
            for expected in [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000] {
                #expect(try await tests.claim().isEmpty)
                tests.waitUntilProbe()
                #expect(try await tests.breaker().state == .halfOpen)
                let probe = try await tests.claim()
                #expect(probe.count == 1)
                #expect(try await tests.claim().isEmpty)
                #expect(try await tests.end(probe, .failed, retryAfter: .seconds(300)) == 1)
                let breaker = try await tests.breaker()
                let opened = try #require(breaker.openedAt), next = try #require(breaker.nextProbeAt)
                #expect(next.unixMs - opened.unixMs == Int64(expected))
            }
        }
    }

    @Test("three answers close it step by step, and the next failure before its end opens it again")
    static func ramp() async throws {
        try await run { tests in
            try await tests.add(200)
            try await tests.end(try await tests.claim(5), .unreachable)
            tests.waitUntilProbe()
            for _ in 0..<3 {
                let probe = try await tests.claim()
                #expect(probe.count == 1)
                try await tests.end(probe, .answered)
            }
            #expect(try await tests.breaker().state == .closing)
            var rounds: [Int] = []
            while try await tests.breaker().state == .closing {
                let claims = try await tests.claim()
                rounds.append(claims.count)
                try await tests.end(claims, .answered)
            }
            #expect(rounds == [2, 4, 8])
            #expect(try await tests.breaker() == .closed)
            #expect(tests.bench.server.command(["ZCARD", tests.bench.redis.keys.openBreakers(shard: 3)]) == "0")
            #expect(try await tests.claim().count == 16)
        }
    }

    @Test("a failure while it closes opens it again, for twice the time")
    static func rampFails() async throws {
        try await run { tests in
            try await tests.add(30)
            try await tests.end(try await tests.claim(5), .unreachable)
            tests.waitUntilProbe()
            for _ in 0..<3 { try await tests.end(try await tests.claim(), .answered) }
            let claims = try await tests.claim()
            #expect(claims.count == 2)
            #expect(try await tests.end(claims, .failed) == 1)
            let breaker = try await tests.breaker()
            let opened = try #require(breaker.openedAt), next = try #require(breaker.nextProbeAt)
            #expect(breaker.state == .open && next.unixMs - opened.unixMs == 30_000)
        }
    }

    @Test("a result that is reported again counts once")
    static func repeated() async throws {
        try await run { tests in
            try await tests.add(8)
            let claims = try await tests.claim(4)
            let ends = claims.map { DeliveryEnd(claim: $0, limits: .standard, verdict: .unreachable, retryAfter: nil) }
            let script = DeliveryEndScript(boot: "one", place: place, ends: ends, jitter: 1)
            for expected in [true, false] {
                let reply = try await script.run(tests.bench.redis)
                #expect(reply.wereHeld == ends.map { _ in expected } && reply.breakersOpened == 0)
            }
            #expect(try await tests.breaker() == .closed)
        }
    }

    @Test("a delivery that is tried again waits for its time, with one attempt more; one that has ended is gone")
    static func jobs() async throws {
        try await run { tests in
            try await tests.add(2)
            let claims = try await tests.claim()
            let ends = [
                DeliveryEnd(claim: claims[0], limits: .standard, verdict: .failed, retryAfter: .seconds(60)),
                DeliveryEnd(claim: claims[1], limits: .standard, verdict: .answered, retryAfter: nil),
            ]
            _ = try await DeliveryEndScript(boot: "one", place: place, ends: ends, jitter: 1).run(tests.bench.redis)
            #expect(tests.bench.server.command(["ZRANGE", "\(queue):delayed", "0", "-1"]) == "d-0")
            let first = tests.bench.redis.keys.job(.webhooks, shard: 3, "d-0")
            #expect(tests.bench.server.command(["HGET", first, "attempts"]) == "1")
            #expect(
                tests.bench.server.command(["EXISTS", tests.bench.redis.keys.job(.webhooks, shard: 3, "d-1")]) == "0")
            #expect(tests.bench.server.command(["EXISTS", "\(queue):inflight"]) == "0")
        }
    }
}
