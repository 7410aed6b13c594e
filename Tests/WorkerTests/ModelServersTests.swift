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
        let loop: EventLoop
        var granted: [OrganizationID] = []
        var taken: [(server: ModelServer, owner: OrganizationID)] = []
        var busy = 0
        var away = 0
        var crowded = 0

        init(_ servers: ModelServers, _ loop: EventLoop) {
            self.servers = servers
            self.loop = loop
        }

        func begin(_ owner: OrganizationID) {
            let bound = LoopBound(self, on: loop)
            _ = Task(executorPreference: loop) {
                let choice = await bound.value.servers.acquire(for: owner, within: ModelLimits.slotWait)
                bound.value.note(choice, owner)
            }
        }

        private func note(_ choice: ModelServers.Choice, _ owner: OrganizationID) {
            switch choice {
            case .server(let server):
                taken.append((server, owner))
                granted.append(owner)
            case .busy: busy += 1
            case .crowded: crowded += 1
            case .away: away += 1
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
            tests.bench.loop)
    }

    @Test("each prediction goes to the server that has the fewest under way")
    static func leastBusy() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let urls = try (0..<3).map { _ in try Self.healthy().url }
            let sessions = Self.sessions(tests, urls, slots: 3)
            for count in 1...6 {
                sessions.begin(Self.quiet)
                await TestRedis.until(tests.bench.loop) { sessions.granted.count == count }
            }
            #expect(Set(sessions.taken.prefix(3).map(\.server.url)) == Set(urls))
            #expect(Set(sessions.taken.suffix(3).map(\.server.url)) == Set(urls))
            let free = try #require(sessions.taken.first).server.url
            sessions.end()
            sessions.begin(Self.quiet)
            await TestRedis.until(tests.bench.loop) { sessions.granted.count == 7 }
            #expect(sessions.taken.last?.server.url == free)
        }
    }

    @Test("organisations get the slots in turn, however many sessions one of them has")
    static func turns() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let sessions = Self.sessions(tests, [try Self.healthy().url], slots: 2)
            for (index, owner) in [Self.noisy, Self.quiet].enumerated() {
                sessions.begin(owner)
                await TestRedis.until(tests.bench.loop) { sessions.granted.count == index + 1 }
            }
            // As many of the noisy one wait as there are slots; the others are told at once.
            for _ in 0..<5 { sessions.begin(Self.noisy) }
            await TestRedis.until(tests.bench.loop) { sessions.crowded == 3 }
            for _ in 0..<2 { sessions.begin(Self.quiet) }
            await TestRedis.until(tests.bench.loop) { sessions.servers.waiting == 4 }
            for count in 3...6 {
                sessions.end()
                await TestRedis.until(tests.bench.loop) { sessions.granted.count == count }
            }
            let (noisy, quiet) = (Self.noisy, Self.quiet)
            #expect(sessions.granted == [noisy, quiet, noisy, quiet, noisy, quiet])
        }
    }

    @Test("a session waits some seconds for a slot, and then is told so")
    static func waits() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let sessions = Self.sessions(tests, [try Self.healthy().url], slots: 1)
            sessions.begin(Self.noisy)
            await TestRedis.until(tests.bench.loop) { sessions.granted.count == 1 }
            sessions.begin(Self.quiet)
            await TestRedis.until(tests.bench.loop) { sessions.servers.waiting == 1 }
            tests.bench.clock.advance(by: ModelLimits.slotWait - .milliseconds(1))
            for _ in 0..<10 { await Task.yield() }
            #expect(sessions.busy == 0)
            tests.bench.clock.advance(by: .milliseconds(2))
            await TestRedis.until(tests.bench.loop) { sessions.busy == 1 }
            #expect(sessions.servers.waiting == 0)
            // The slot is not lost by that.
            sessions.end()
            sessions.begin(Self.quiet)
            await TestRedis.until(tests.bench.loop) { sessions.granted.count == 2 }
        }
    }

    @Test("a server that rests gives its slots to nobody, and the slots of the others can still be used")
    static func resting() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let sessions = Self.sessions(tests, [try Self.healthy().url, try Self.healthy().url], slots: 1)
            for (index, owner) in [Self.noisy, Self.quiet].enumerated() {
                sessions.begin(owner)
                await TestRedis.until(tests.bench.loop) { sessions.granted.count == index + 1 }
            }
            let hanging = try #require(sessions.taken.first)
            hanging.server.rest(for: .seconds(600), at: tests.bench.loop.now)
            // Its prediction is still under way; the other server's slot goes to the next session.
            sessions.taken.swapAt(0, 1)
            sessions.end()
            sessions.begin(Self.quiet)
            await TestRedis.until(tests.bench.loop) { sessions.granted.count == 3 }
            #expect(sessions.taken.last?.server !== hanging.server)
            sessions.taken.last?.server.rest(for: .seconds(600), at: tests.bench.loop.now)
            sessions.begin(Self.quiet)
            await TestRedis.until(tests.bench.loop) { sessions.away == 1 }
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
            for (index, owner) in [Self.noisy, Self.quiet].enumerated() {
                sessions.begin(owner)
                await TestRedis.until(tests.bench.loop) { sessions.granted.count == index + 1 }
            }
            // The sick server rests, and its slot is returned; two sessions wait for the other one.
            if sessions.taken[0].server.url != sick.url { sessions.taken.swapAt(0, 1) }
            isSick.withLock { $0 = true }
            for _ in 1...3 { sessions.taken[0].server.fail(at: tests.bench.loop.now) }
            sessions.end()
            tests.bench.clock.advance(by: .seconds(4))
            for owner in [Self.noisy, Self.quiet, OrganizationID(value: 3)] { sessions.begin(owner) }
            await TestRedis.until(tests.bench.loop) { sessions.servers.waiting == 3 }
            // The rest ends: a fourth one asks, and the check fails.
            tests.bench.clock.advance(by: .milliseconds(1_100))
            sessions.begin(OrganizationID(value: 4))
            // The one whose turn it was looks again; the others still wait.
            await TestRedis.until(tests.bench.loop) { sick.count("GET /health-check") == 2 && sessions.busy > 0 }
            for _ in 0..<20 { await Task.yield() }
            #expect(sessions.busy == 1 && sessions.servers.waiting == 3)
            sessions.end()
            await TestRedis.until(tests.bench.loop) { sessions.granted.count == 3 }
            #expect(sessions.away == 0)
        }
    }
}
