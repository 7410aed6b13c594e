import Domain
import Platform
import Synchronization
import TestKit
import Testing

@testable import Worker

/// The choice of a model server, and the turns of organisations, with real servers and a simulated clock.
@Suite("Model servers")
struct ModelServersTests {
    private static let noisy = OrganizationID(value: 1)
    private static let quiet = OrganizationID(value: 2)

    /// Takes slots in tasks of its own, and appends the organisation when it has one.
    private final class Sessions {
        let servers: ModelServers
        let tests: ModelBench
        var granted: [OrganizationID] = []
        var taken: [(server: ModelServer, owner: OrganizationID)] = []
        var away = 0
        var ended = 0

        init(_ servers: ModelServers, _ tests: ModelBench) {
            self.servers = servers
            self.tests = tests
        }

        private func wait(_ owner: OrganizationID) -> ModelWait {
            var random = SystemRandomSource()
            let id = SessionID(at: SystemClock().now(), random: &random)
            let claim = Claim(
                place: QueueBench.sessions, job: Job(id: "\(id)", lane: "\(owner)", weight: 1, payload: [[], []]),
                number: 1, attempts: 0, crashes: 0, isCancelRequested: false)
            let job = TryOnJob(
                organizationID: owner, environment: .live, keyID: APIKeyID(value: 1), customerID: "c", cartID: nil,
                quality: .sd, items: [], metadata: [], requestID: "r", traceparent: nil, idempotencyHash: nil,
                fingerprint: nil)
            return ModelWait(
                session: ClaimedTryOn(
                    claim: claim, id: id, job: job, photoID: PhotoID(value: 1), owner: "one:1",
                    isCancelRequested: false, forcedEnd: nil),
                cancel: CancelCheck(queue: tests.bench.queue, claim: claim), limits: tests.limits(.seconds(30)))
        }

        func begin(_ owner: OrganizationID) {
            let bound = LoopBound((self, wait(owner)), on: tests.bench.loop)
            _ = Task(executorPreference: tests.bench.loop) {
                let (sessions, wait) = bound.value
                sessions.note(await sessions.servers.acquire(for: wait), wait.owner)
            }
        }

        private func note(_ choice: ModelServers.Choice, _ owner: OrganizationID) {
            switch choice {
            case .server(let server):
                taken.append((server, owner))
                granted.append(owner)
            case .away: away += 1
            case .ended: ended += 1
            }
        }

        /// Begins a session, and waits until it has a slot.
        func take(_ owner: OrganizationID) async {
            let count = granted.count + 1
            begin(owner)
            await TestRedis.until(tests.bench.loop) { granted.count == count }
        }

        /// Lets simulated seconds pass one by one.
        func pass(_ seconds: Int) async {
            for _ in 0..<seconds {
                tests.bench.clock.advance(by: .seconds(1))
                for _ in 0..<5 { await Task.yield() }
                _ = try? await tests.bench.queue.redis.send(
                    RedisCommand("PING"), to: tests.bench.queue.redis.keys.slot(ofShard: 3))
            }
        }

        /// Returns the oldest slot.
        func end() {
            let (server, owner) = taken.removeFirst()
            servers.release(server, of: owner)
        }
    }

    private static func healthy() throws -> TestServer {
        try TestServer { request in
            TestServer.Answer(.ok, request.path == "/health-check" ? ModelBench.health : ModelBench.inputs)
        }
    }

    private static func sessions(_ tests: ModelBench, _ urls: [String], slots: Int) -> Sessions {
        Sessions(
            ModelServers(
                urls: urls, fields: [], slots: slots, loop: tests.bench.loop, client: tests.client,
                logger: tests.bench.logger),
            tests)
    }

    @Test("each prediction goes to the server that has the fewest under way")
    static func leastBusy() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let urls = try (0..<3).map { _ in try Self.healthy().url }
            let sessions = Self.sessions(tests, urls, slots: 3)
            for _ in 1...6 { await sessions.take(Self.quiet) }
            #expect(Set(sessions.taken.prefix(3).map(\.server.url)) == Set(urls))
            #expect(Set(sessions.taken.suffix(3).map(\.server.url)) == Set(urls))
            let free = try #require(sessions.taken.first).server.url
            sessions.end()
            await sessions.take(Self.quiet)
            #expect(sessions.taken.last?.server.url == free)
        }
    }

    @Test("organisations get the slots in turn, however many sessions one of them has, and however long they wait")
    static func turns() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let sessions = Self.sessions(tests, [try Self.healthy().url], slots: 2)
            for owner in [Self.noisy, Self.quiet] { await sessions.take(owner) }
            for _ in 0..<5 { sessions.begin(Self.noisy) }
            for _ in 0..<2 { sessions.begin(Self.quiet) }
            await TestRedis.until(tests.bench.loop) { sessions.servers.waiting == 7 }
            for count in 3...6 {
                await sessions.pass(7)
                sessions.end()
                await TestRedis.until(tests.bench.loop) { sessions.granted.count == count }
            }
            let (noisy, quiet) = (Self.noisy, Self.quiet)
            #expect(sessions.granted == [noisy, quiet, noisy, quiet, noisy, quiet])
            #expect(sessions.ended == 0)
        }
    }

    @Test(
        "with one slot, organisations with one session each have their turns beside one with two, also at a busy server",
        arguments: [false, true])
    static func oneSlot(_ isBusy: Bool) async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let sessions = Self.sessions(tests, [try Self.healthy().url], slots: 1)
            let owners = (1...4).map { OrganizationID(value: UInt128($0)) }
            await sessions.take(owners[0])
            for owner in [owners[0]] + owners { sessions.begin(owner) }
            await TestRedis.until(tests.bench.loop) { sessions.servers.waiting == 5 }
            for count in 2...13 {
                // A prediction takes longer than a session waits in one step.
                await sessions.pass(5)
                let (server, owner) = sessions.taken[0]
                // Another worker has taken its slot meanwhile: it has answered 409.
                if isBusy { server.rest(for: .seconds(2), at: tests.bench.loop.now) }
                sessions.end()
                // It comes again, with the next cart.
                sessions.begin(owner)
                if isBusy { await sessions.pass(3) }
                await TestRedis.until(tests.bench.loop) { sessions.granted.count == count }
            }
            for owner in owners { #expect(sessions.granted.filter { $0 == owner }.count >= 3, "\(sessions.granted)") }
        }
    }

    @Test("a session waits for a slot as long as its model is healthy; a worker that stops ends the wait")
    static func waits() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let sessions = Self.sessions(tests, [try Self.healthy().url], slots: 1)
            await sessions.take(Self.noisy)
            sessions.begin(Self.quiet)
            await sessions.pass(60)
            #expect(sessions.servers.waiting == 1 && sessions.ended == 0)
            tests.life.isDraining = true
            await sessions.pass(3)
            await TestRedis.until(tests.bench.loop) { sessions.ended == 1 }
            #expect(sessions.servers.waiting == 0)
            // Nothing begins, although there is a slot.
            sessions.end()
            sessions.begin(Self.quiet)
            await TestRedis.until(tests.bench.loop) { sessions.ended == 2 }
            tests.life.isDraining = false
            await sessions.take(Self.quiet)
        }
    }

    @Test("a server that rests gives its slots to nobody, and the slots of the others can still be used")
    static func resting() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let sessions = Self.sessions(tests, [try Self.healthy().url, try Self.healthy().url], slots: 1)
            for owner in [Self.noisy, Self.quiet] { await sessions.take(owner) }
            let hanging = try #require(sessions.taken.first)
            hanging.server.rest(for: .seconds(600), at: tests.bench.loop.now)
            // Its prediction is still under way; the other server's slot goes to the next session.
            sessions.taken.swapAt(0, 1)
            sessions.end()
            await sessions.take(Self.quiet)
            #expect(sessions.taken.last?.server !== hanging.server)
            sessions.taken.last?.server.rest(for: .seconds(600), at: tests.bench.loop.now)
            sessions.begin(Self.quiet)
            await sessions.pass(28)
            #expect(sessions.away == 0)
            await sessions.pass(4)
            await TestRedis.until(tests.bench.loop) { sessions.away == 1 }
        }
    }

    @Test("a server that comes back is used by those that wait, without another session")
    static func comesBack() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let sessions = Self.sessions(tests, [try Self.healthy().url, try Self.healthy().url], slots: 1)
            for owner in [Self.noisy, Self.quiet] { await sessions.take(owner) }
            sessions.taken[0].server.rest(for: .seconds(10), at: tests.bench.loop.now)
            sessions.end()
            sessions.begin(Self.noisy)
            await sessions.pass(8)
            #expect(sessions.granted.count == 2)
            await sessions.pass(4)
            await TestRedis.until(tests.bench.loop) { sessions.granted.count == 3 }
        }
    }

    @Test("a server that fails its check takes no turn from those that wait for another one")
    static func failedCheck() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let isSick = Mutex(false)
            let sick = try TestServer { request in
                if isSick.withLock({ $0 }) { return TestServer.Answer(.internalServerError) }
                return TestServer.Answer(.ok, request.path == "/health-check" ? ModelBench.health : ModelBench.inputs)
            }
            let sessions = Self.sessions(tests, [try Self.healthy().url, sick.url], slots: 1)
            for owner in [Self.noisy, Self.quiet] { await sessions.take(owner) }
            // The sick server rests, and its slot is returned; three sessions wait for the other one.
            if sessions.taken[0].server.url != sick.url { sessions.taken.swapAt(0, 1) }
            isSick.withLock { $0 = true }
            for _ in 1...3 { sessions.taken[0].server.fail(at: tests.bench.loop.now) }
            sessions.end()
            for owner in [Self.noisy, Self.quiet, OrganizationID(value: 3)] { sessions.begin(owner) }
            await TestRedis.until(tests.bench.loop) { sessions.servers.waiting == 3 }
            // The rest ends, and the one whose turn it is finds that the server is still sick.
            await sessions.pass(7)
            await TestRedis.until(tests.bench.loop) { sick.count("GET /health-check") == 2 }
            // Its answer has arrived when the one that has asked waits again.
            await TestRedis.until(tests.bench.loop) { sessions.servers.waiting == 3 }
            await sessions.pass(1)
            #expect(sessions.servers.waiting == 3 && sick.count("GET /health-check") == 2)
            sessions.end()
            await TestRedis.until(tests.bench.loop) { sessions.granted.count == 3 }
            #expect(sessions.away == 0 && sessions.ended == 0)
        }
    }
}
