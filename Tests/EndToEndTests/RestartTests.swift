import Foundation
import Glibc
import Platform
import Synchronization
import TestKit
import Testing

/// Daemons that are restarted under load.
@Suite("Rolling restarts")
struct RestartTests {
    /// What the clients have seen.
    private final class Seen: Sendable {
        let accepted = Mutex<[String]>([])
        let errors = Mutex<[String]>([])
        let isOver = Atomic<Bool>(false)
        let ended = Atomic<Int>(0)
        let connections = Atomic<Int>(0)
    }

    private static func submit(_ client: TestClient, _ body: String, _ seen: Seen) {
        do {
            let answer = try client.post("/api/v1/cart-tryons", body)
            if answer.status == 201 {
                seen.accepted.withLock { $0.append(answer.string("id")) }
            } else {
                seen.errors.withLock { $0.append(answer.description) }
            }
        } catch {
            seen.errors.withLock { $0.append("\(error)") }
        }
    }

    /// A client that sends its requests over one connection, as long as the server keeps it.
    private static func submitOverOneConnection(_ client: TestClient, _ body: String, _ seen: Seen) {
        var request = "POST /api/v1/cart-tryons HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for (name, value) in client.fields { request += "\(name): \(value)\r\n" }
        request += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        do {
            let socket = try TestSocket(port: client.port)
            seen.connections.add(1, ordering: .relaxed)
            while !seen.isOver.load(ordering: .relaxed) {
                socket.send(request)
                // The body is an object in an object, and ends so.
                let answer = try TestAnswer(Array(socket.read(until: "Z\"}").utf8))
                guard answer.status == 201 else {
                    return seen.errors.withLock { $0.append(answer.description) }
                }
                seen.accepted.withLock { $0.append(answer.string("id")) }
                if answer.fields["connection"] == "close" { return }
            }
        } catch {
            seen.errors.withLock { $0.append("\(error)") }
        }
    }

    /// An ingress that gets its listening socket from the test, as from systemd.
    // Invariant: a test starts and stops it from one task at a time.
    private final class ActivatedIngress: @unchecked Sendable {
        let port: UInt16
        private let stack: TestStack
        private let descriptor: Int32
        private var process: ServerProcess?

        init(_ stack: TestStack) throws {
            self.stack = stack
            let made = try ListenerHandle(address: .loopback, port: 0)
            port = made.port
            // Without close-on-exec, so that the shell inherits it.
            descriptor = dup(made.descriptor.number)
            withExtendedLifetime(made) {}
        }

        deinit {
            process = nil
            close(descriptor)
        }

        func start(_ more: [String: String] = [:]) throws {
            let command =
                "exec 3<&\(descriptor) \(descriptor)<&-; LISTEN_PID=$$ LISTEN_FDS=1 exec \(TestPlace.products)/drape-ingress"
            let log = "\(stack.directory)/activated-\(UInt32.random(in: 0...UInt32.max)).log"
            let started = try ServerProcess(
                "/bin/bash", ["-c", command], environment: stack.environment.merging(more) { $1 }, logPath: log)
            process = started
            try started.wait { started.output.contains(#""message":"started""#) }
        }

        /// Stops it as systemd does, and waits for its end.
        func stop() async throws {
            guard let process,
                let pid = Int32(
                    Shell.run("pgrep", ["-P", String(process.processIdentifier)]).split(separator: "\n").first ?? "")
            else { throw ServerProcess.Failure.notReady("no ingress runs") }
            kill(pid, SIGTERM)
            try await poll("the end of the ingress") { process.output.contains(#""message":"stopped""#) }
        }
    }

    @Test("a daemon reports that it is ready, and that it stops")
    func notifies() async throws {
        let stack = try TestStack()
        let socket = try TestNotifySocket()
        let ingress = try ActivatedIngress(stack)
        try ingress.start(["NOTIFY_SOCKET": socket.path])
        #expect(socket.next() == "READY=1")
        try await ingress.stop()
        #expect(socket.next() == "STOPPING=1")
    }

    @Test(
        "while both daemons are restarted fifty times, no client sees an error, nothing is lost, no crash is counted"
    )
    func rolling() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(more: #","rateLimitPerMinute":600000"#)
        let garment = try tenant.addCatalogue().garment
        stack.killIngress()
        let ingress = try ActivatedIngress(stack)
        try ingress.start()
        let worker = try stack.startWorker()
        let client = TestClient(port: ingress.port).with(key: tenant.key)
        let seen = Seen()
        let body =
            #"{"customerId":"shopper-42","quality":"SD","items":[{"sku":"S","garmentId":"\#(garment)"}]}"#
        // Threads, because their calls block.
        let kinds = [Self.submit, Self.submitOverOneConnection]
        let clients = (0..<8).map { number in
            Thread {
                while !seen.isOver.load(ordering: .relaxed) { kinds[number % kinds.count](client, body, seen) }
                seen.ended.add(1, ordering: .relaxed)
            }
        }
        for one in clients { one.start() }
        for _ in 0..<50 {
            try worker.signal(SIGTERM)
            try await ingress.stop()
            try ingress.start()
            try await poll("the end of the worker") { worker.hasEnded }
            try worker.start()
        }
        seen.isOver.store(true, ordering: .relaxed)
        try await poll("the clients") { seen.ended.load(ordering: .relaxed) == clients.count }
        let errors = seen.errors.withLock { Array($0.prefix(3)) }
        #expect(errors == [])
        let ids = seen.accepted.withLock { $0 }
        #expect(ids.count > 200 && seen.connections.load(ordering: .relaxed) > 20)
        try await poll("the end of all sessions", within: .seconds(60)) {
            stack.sql("SELECT COUNT(*) FROM cart_tryon_sessions WHERE status = 'completed'") == "\(ids.count)"
        }
        #expect(stack.redis.command(["KEYS", "session:*"]) == "")
        let log = worker.log
        #expect(!log.contains("were reaped") && !log.contains(#""level":"error""#))
        stack.expectAccountsToBalance()
    }
}
