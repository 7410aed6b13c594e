import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The parts that handlers of jobs use: real stores, a real ingress that fills them, and a simulated clock.
struct HandlerBench {
    let stack: TestStack
    let tenant: TestTenant
    let loop: EventLoop
    let clock: ManualClock
    let queue: QueueConsumer
    let mysql: MySQLPool
    let telemetry = WorkerTelemetry()
    let logger = Logger(writer: LogWriter(), component: "test", level: .error)
    let secretKey: SecretKey

    var links: SignedLinks { SignedLinks(secretKey: secretKey, publicURL: "http://localhost:\(stack.port)") }

    /// A runner of sessions with the parts of this bench.
    func runner(_ renderer: any Renderer) -> TryOnRunner {
        TryOnRunner(
            loop: loop, queue: queue, mysql: mysql, renderer: renderer, links: links, telemetry: telemetry,
            logger: logger, clock: clock)
    }

    /// A deliverer that may call this machine, and waits exactly as its schedule says.
    func deliverer() throws -> WebhookDeliverer {
        let loopback = try #require(AddressRange("127.0.0.0/8"))
        return WebhookDeliverer(
            loop: loop, queue: queue, mysql: mysql,
            client: HTTPClient(
                loop: loop, policy: AddressPolicy(allowed: [loopback]), resolver: HostResolver(loop: loop)),
            secretKey: secretKey, allowsHTTP: true, telemetry: telemetry, logger: logger, clock: clock, jitter: { 1 })
    }

    /// The jobs of a queue that are due, claimed by this bench.
    func claim(_ queue: QueueName) async throws -> [Claim] {
        var claims: [Claim] = []
        for shard in 0..<self.queue.shardCount {
            claims += try await self.queue.claim(
                QueuePlace(queue, shard: shard), laneWeightMax: 100, freeWeight: 100, reserve: 0
            ).jobs
        }
        return claims
    }

    /// Makes every delayed job of a queue due now.
    func makeDue(_ queue: QueueName) {
        for name in delayedNames(queue) {
            for id in stack.redis.command(["ZRANGE", name, "0", "-1"]).split(separator: "\n") {
                stack.redis.command(["ZADD", name, "1", String(id)])
            }
        }
    }

    /// Lets time pass by the simulated clock, and for the deliveries in the database.
    func pass(_ duration: Duration) {
        clock.advance(by: duration)
        _ = stack.sql(
            "UPDATE webhook_deliveries SET next_attempt_at = next_attempt_at - INTERVAL \(duration.milliseconds()) * 1000 MICROSECOND"
        )
    }

    /// The time until the only delayed job of a queue is due, by the clock of Redis; nil if none is delayed.
    func delay(_ queue: QueueName) -> Duration? {
        for name in delayedNames(queue) {
            let words = stack.redis.command(["ZRANGE", name, "0", "0", "WITHSCORES"]).split(separator: "\n")
            if words.count == 2, let due = Double(words[1]) {
                return .milliseconds(Int64(due) - SystemClock().now().unixMs)
            }
        }
        return nil
    }

    /// Runs `body` while the simulated time goes on, for handlers that wait between their tries.
    func whileTimePasses(_ body: () async throws -> Void) async rethrows {
        let time = Task.detached { [clock] in
            while !Task.isCancelled {
                clock.advance(by: .milliseconds(20))
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
        defer { time.cancel() }
        try await body()
    }

    private func delayedNames(_ queue: QueueName) -> [String] {
        stack.redis.command(["KEYS", "queue:*:\(queue.text):delayed"]).split(separator: "\n").map(String.init)
    }

    /// Runs `body` on a loop with connections to the stores of a new stack.
    static func run(_ body: @escaping @Sendable (LoopBound<HandlerBench>) async throws -> Void) async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let clock = ManualClock()
        let database = try #require(MySQLEndpoint(stack.databaseURL))
        let secretKey = try #require(SecretKey(hexText: String(repeating: "5a", count: 32)))
        let failure = try await TestRedis.connect(stack.redis, clock: clock) { redis, loop -> (any Error)? in
            let store = RedisStore(keys: RedisKeys(shardCount: 16)) { redis }
            let logger = Logger(writer: LogWriter(), component: "test", level: .error)
            let bench = HandlerBench(
                stack: stack, tenant: tenant, loop: loop, clock: clock,
                queue: QueueConsumer(loop: loop, boot: "one", redis: store),
                mysql: MySQLPool(endpoint: database, threadsMax: 4, logger: logger), secretKey: secretKey)
            do {
                try await body(LoopBound(bench, on: loop))
                bench.mysql.close()
                return nil
            } catch {
                bench.mysql.close()
                return error
            }
        }
        if let failure { throw failure }
    }
}
