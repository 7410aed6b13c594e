import Foundation
import Synchronization
import TestKit
import Testing

/// Endpoints that misbehave in every way, beside each other.
@Suite("Endpoints that misbehave")
struct MisbehaviourTests {
    private let stack: TestStack
    private let tenant: TestTenant

    init() throws {
        stack = try TestStack(environment: TestStack.open)
        tenant = try stack.makeTenant()
    }

    /// What an endpoint does with each connection.
    private enum Behaviour: String, CaseIterable {
        case hangs, resets, fails, stalls, redirects, limits, talks, speaksNoTLS

        /// The state of its breaker after twenty events, and why it is open.
        var expected: String {
            switch self {
            case .hangs, .resets, .stalls, .speaksNoTLS: "open unreachable"
            case .fails: "open failing"
            case .redirects, .limits, .talks: "closed "
            }
        }

        func run(_ client: TestSocket) {
            if self == .resets { return }
            _ = client.read(until: self == .speaksNoTLS ? "" : "}")
            switch self {
            case .hangs: _ = client.readToEnd()
            case .resets, .speaksNoTLS: client.send("what?")
            case .fails: client.send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
            case .stalls:
                client.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx")
                _ = client.readToEnd()
            case .redirects:
                client.send("HTTP/1.1 302 There\r\nLocation: https://shop.example/\r\nContent-Length: 0\r\n\r\n")
            case .limits: client.send("HTTP/1.1 429 Slow\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n")
            case .talks:
                client.send("HTTP/1.1 200 OK\r\n\r\n")
                let piece = String(repeating: "y", count: 65_536)
                while client.send(piece) {}
            }
        }
    }

    private func hook(_ url: String, _ word: String) throws -> String {
        let made = try tenant.hook(url, "\"\(word).*\"")
        guard made.status == 201 else { throw ServerProcess.Failure.notReady(made.description) }
        return made.string("id")
    }

    private func send(_ count: Int, _ word: String) throws {
        let events = (0..<count).map { #"{"type":"\#(word.lowercased()).x","data":{"n":\#($0)}}"# }
        let answer = try tenant.client.post("/api/v1/events/batch", #"{"events":[\#(events.joined(separator: ","))]}"#)
        guard answer.status == 202 else { throw ServerProcess.Failure.notReady(answer.description) }
    }

    private func state(_ id: String) throws -> String {
        let view = try tenant.client.get("/api/v1/webhooks/\(id)")
        return "\(view.string("breaker.state")) \(view.string("breaker.reason"))"
    }

    @Test("each opens its own breaker or not, and an endpoint that is well gets every event meanwhile")
    func misbehaving() async throws {
        let well = try TestReceiver()
        _ = try hook(well.url(), "well")
        var peers: [TestPeer] = []
        var hooks: [Behaviour: String] = [:]
        for behaviour in Behaviour.allCases {
            let peer = try TestPeer { client, _ in behaviour.run(client) }
            peers.append(peer)
            let scheme = behaviour == .speaksNoTLS ? "https" : "http"
            hooks[behaviour] = try hook("\(scheme)://127.0.0.1:\(peer.port)/", behaviour.rawValue.lowercased())
        }
        let worker = try stack.startWorker()
        for behaviour in Behaviour.allCases { try send(20, behaviour.rawValue) }
        for _ in 0..<5 { try send(20, "well") }
        try await poll("the endpoint that is well") { well.received.count == 100 }
        for (behaviour, id) in hooks {
            // The slowest has 15 s for an attempt.
            try await poll("\(behaviour)", within: .seconds(60)) { try state(id) == behaviour.expected }
        }
        let delivered = "SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'delivered' AND webhook_id = "
        try await poll("the endpoint that talks") { stack.sql("\(delivered)'\(hooks[.talks] ?? "")'") == "20" }
        // 429 is no failure: every delivery was tried.
        let limited = "SELECT COUNT(DISTINCT delivery_id) FROM webhook_attempts WHERE status_code = 429"
        try await poll("the endpoint that limits") { stack.sql(limited) == "20" }
        #expect(try state(hooks[.limits] ?? "") == "closed ")
        // Nothing is followed, and what failed waits for its next attempt.
        let redirected = "WHERE webhook_id = '\(hooks[.redirects] ?? "")'"
        #expect(
            stack.sql("SELECT DISTINCT status, last_status_code FROM webhook_deliveries \(redirected)")
                == "pending\t302")
        #expect(peers.count == Behaviour.allCases.count && worker.isReady)
    }

    /// An endpoint that fails until it is told to be well, and then answers when the test lets it.
    private final class Recovering: Sendable {
        struct State {
            var isWell = false
            var waiting = 0
            var answered = 0
        }

        let state = Mutex(State())
        private let gate = DispatchSemaphore(value: 0)

        func run(_ client: TestSocket) {
            while !client.read(until: "}").isEmpty {
                let isWell = state.withLock { state in
                    state.waiting += state.isWell ? 1 : 0
                    return state.isWell
                }
                if isWell { gate.wait() }
                state.withLock { $0.answered += 1 }
                client.send("HTTP/1.1 \(isWell ? "200 OK" : "500 No")\r\nContent-Length: 0\r\n\r\n")
            }
        }

        func beWell() { state.withLock { $0 = State(isWell: true) } }

        /// Answers the requests that wait.
        /// - Returns: how many there were.
        func answerAll() -> Int {
            let count = state.withLock { state in
                defer { state.waiting = 0 }
                return state.waiting
            }
            for _ in 0..<count { gate.signal() }
            return count
        }
    }

    @Test("a breaker opens, probes one at a time, closes step by step, and then lets everything through")
    func recovering() async throws {
        let endpoint = Recovering()
        let peer = try TestPeer { client, _ in endpoint.run(client) }
        let id = try hook("http://127.0.0.1:\(peer.port)/", "slow")
        let worker = try stack.startWorker()
        for _ in 0..<3 { try send(100, "slow") }
        try await poll("the open breaker") { try state(id) == "open failing" }
        // Attempts that began before it opened have ended.
        try await poll("the last attempts") {
            try worker.client.get("/metrics").text.contains("drape_held_deliveries 0")
        }
        endpoint.beWell()
        // The time of the probe comes.
        let breaker = stack.redis.command(["KEYS", "breaker:*"])
        stack.redis.command(["HSET", breaker, "until", "1"])
        stack.redis.command(["ZADD", stack.redis.command(["KEYS", "queue:*:webhooks:resting"]), "XX", "1", id])
        var seen: [String] = []
        var most: [String: Int] = [:]
        try await poll("all deliveries", within: .seconds(90)) {
            // While the requests wait for their answers, the worker fills up what the breaker permits.
            let before = try state(id).split(separator: " ")[0]
            if seen.last != "\(before)" { seen.append("\(before)") }
            most["\(before)"] = max(most["\(before)"] ?? 0, endpoint.answerAll())
            return endpoint.state.withLock { $0.answered } >= 200
        }
        // The state was read before the requests were counted: it may have gone on by then.
        #expect(seen.first == "half_open" && seen.contains("closing"), "\(seen)")
        #expect((most["half_open"] ?? 0) <= 2, "\(most)")
        #expect(most.values.allSatisfy { $0 <= 16 } && (most["closed"] ?? most["closing"] ?? 0) > 2, "\(most)")
        try await poll("the closed breaker") {
            _ = endpoint.answerAll()
            return try state(id).hasPrefix("closed")
        }
        #expect(worker.isReady)
    }
}
