import Foundation
import Platform
import TestKit
import Testing

/// Clients that watch sessions by server-sent events.
@Suite("Watching")
struct WatchTests {
    private let stack: TestStack
    private let tenant: TestTenant

    init() throws {
        // An organisation may take an eighth of them.
        stack = try TestStack(environment: TestStack.open.merging(["DRAPE_CONNECTIONS_MAX": "20000"]) { $1 })
        tenant = try stack.makeTenant()
    }

    private func accept(items: Int = 3) throws -> String {
        let garment = try tenant.addCatalogue().garment
        return try tenant.tryOn([String](repeating: garment, count: items)).string("id")
    }

    /// Begins to watch a session.
    private func watch(_ id: String, after last: Int? = nil, key: String? = nil) throws -> TestSocket {
        let socket = try TestSocket(port: stack.port)
        let resume = last.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        socket.send(
            "GET /api/v1/cart-tryons/\(id)/events HTTP/1.1\r\nHost: x\r\nX-API-Key: \(key ?? tenant.key)\r\n\(resume)\r\n"
        )
        return socket
    }

    /// The numbers and types of the events in a text.
    private func events(_ text: String) -> [String] {
        let lines = text.split(whereSeparator: \.isNewline)
        let numbers = lines.filter { $0.hasPrefix("id: ") }.map { $0.dropFirst(4) }
        let types = lines.filter { $0.hasPrefix("event: ") }.map { $0.dropFirst(7) }
        return zip(numbers, types).map { "\($0) \($1)" }
    }

    private static let all = [
        "1 tryon.processing", "2 tryon.item.completed", "3 tryon.item.completed", "4 tryon.item.completed",
        "100 tryon.completed",
    ]

    @Test("a watcher gets the begin, each item and the end, with the data of the session, and the stream ends")
    func whole() async throws {
        let id = try accept()
        let socket = try watch(id)
        let head = socket.read(until: "retry: 2000\n\n\r\n")
        #expect(head.contains("200 OK") && head.contains("Content-Type: text/event-stream"))
        let worker = try stack.startWorker()
        let text = socket.read(until: "0\r\n\r\n")
        #expect(events(text) == Self.all)
        #expect(text.contains(#""status":"processing""#) && text.contains(#""sessionId":"\#(id)""#))
        #expect(worker.isReady)
    }

    @Test("a watcher resumes after the event that it has, and one of an ended session gets all at once")
    func resumes() async throws {
        let id = try accept()
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(id)
        #expect(events(try watch(id).read(until: "0\r\n\r\n")) == Self.all)
        #expect(events(try watch(id, after: 3).read(until: "0\r\n\r\n")) == Array(Self.all.suffix(2)))
        #expect(try watch(id, after: 100).read(until: "\r\n\r\n").contains("204 No Content"))
        let stranger = try stack.makeTenant()
        #expect(try watch(id, key: stranger.key).read(until: "}").contains("404"))
        #expect(worker.isReady)
    }

    @Test("the cancellation of a waiting session reaches its watcher at once")
    func canceled() throws {
        let id = try accept()
        let socket = try watch(id)
        _ = socket.read(until: "retry: 2000\n\n\r\n")
        #expect(try tenant.client.post("/api/v1/cart-tryons/\(id)/cancel", "").status == 200)
        #expect(events(socket.read(until: "0\r\n\r\n")) == ["100 tryon.canceled"])
    }

    @Test("a thousand watchers cost one subscription for each loop, and all of them see the end")
    func many() async throws {
        _ = OpenFiles.raiseLimit()
        let id = try accept(items: 1)
        let subscriptions = ["PUBSUB", "NUMSUB", "watch"]
        let loops = stack.redis.command(subscriptions)
        let sockets = try (0..<1_000).map { _ in try watch(id) }
        for socket in sockets { #expect(socket.read(until: "retry: 2000\n\n\r\n").hasPrefix("HTTP/1.1 200")) }
        #expect(stack.redis.command(subscriptions) == loops)
        let worker = try stack.startWorker()
        for socket in sockets { #expect(events(socket.read(until: "0\r\n\r\n")).last == "100 tryon.completed") }
        #expect(worker.isReady)
    }

    @Test("a server that stops ends its streams, so that clients resume elsewhere")
    func drain() throws {
        let socket = try watch(try accept())
        _ = socket.read(until: "retry: 2000\n\n\r\n")
        stack.signalIngress(SIGTERM)
        #expect(events(socket.read(until: "0\r\n\r\n")) == [])
    }

    @Test("a stream tells nothing more after its key is revoked, and ends")
    func revoked() throws {
        let id = try accept(items: 1)
        let socket = try watch(id)
        _ = socket.read(until: "retry: 2000\n\n\r\n")
        let path = "/api/organizations/\(tenant.organizationID)/api-keys/\(tenant.keyID)"
        #expect(try tenant.admin.delete(path).status == 204)
        let worker = try stack.startWorker()
        #expect(events(socket.read(until: "0\r\n\r\n")) == [])
        #expect(worker.isReady)
    }

    @Test("the stream of a session that does not exist any more ends")
    func gone() throws {
        let id = try accept(items: 1)
        let socket = try watch(id)
        _ = socket.read(until: "retry: 2000\n\n\r\n")
        stack.redis.command(["FLUSHALL"])
        stack.redis.command(["PUBLISH", "watch", id])
        #expect(events(socket.read(until: "0\r\n\r\n")) == [])
    }

    @Test("an organisation takes a share of the connections with its streams; those that clients leave are free again")
    func share() async throws {
        let stack = try TestStack(environment: TestStack.open.merging(["DRAPE_CONNECTIONS_MAX": "64"]) { $1 })
        let (tenant, other) = (try stack.makeTenant(), try stack.makeTenant())
        let ids = try [tenant, other].map { try $0.tryOn([try $0.addCatalogue().garment]).string("id") }
        func watch(_ tenant: TestTenant, _ id: String) throws -> (socket: TestSocket, head: String) {
            let socket = try TestSocket(port: stack.port)
            socket.send("GET /api/v1/cart-tryons/\(id)/events HTTP/1.1\r\nHost: x\r\nX-API-Key: \(tenant.key)\r\n\r\n")
            return (socket, String(decoding: socket.read(upTo: 12), as: UTF8.self))
        }
        // One loop has half of the connections, and an organisation an eighth of them.
        let (most, loops) = (4, 2)
        let answers = try (0...(most * loops)).map { _ in try watch(tenant, ids[0]) }
        let open = answers.filter { $0.head == "HTTP/1.1 200" }
        #expect(open.count <= most * loops && open.count >= most)
        #expect(answers.contains { $0.head == "HTTP/1.1 429" })
        #expect(try watch(other, ids[1]).head == "HTTP/1.1 200")
        for one in open { one.socket.shutDown() }
        try await poll("a free stream") { try watch(tenant, ids[0]).head == "HTTP/1.1 200" }
    }

    @Test("an endpoint of all events gets the begin and each item once, beside the end")
    func webhooks() async throws {
        let receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url(), #""*""#).status == 201)
        let worker = try stack.startWorker()
        let id = try accept(items: 2)
        try await tenant.waitForEnd(id)
        try await poll("the deliveries") { receiver.received.count == 4 }
        let types = receiver.received.map { $0.fields["x-webhook-event"] ?? "" }.sorted()
        #expect(types == ["tryon.completed", "tryon.item.completed", "tryon.item.completed", "tryon.processing"])
        #expect(stack.sql("SELECT COUNT(*), COUNT(DISTINCT subject_id, type) FROM webhook_events") == "4\t4")
        #expect(worker.isReady)
    }

    @Test("without an endpoint for them, begin and items leave no rows")
    func noRows() async throws {
        try tenant.keepEvents()
        let worker = try stack.startWorker()
        let id = try accept()
        try await tenant.waitForEnd(id)
        #expect(stack.sql("SELECT GROUP_CONCAT(type) FROM webhook_events") == "tryon.completed")
        #expect(worker.isReady)
    }
    @Test("without any endpoint, a session leaves no event")
    func noEvents() async throws {
        let worker = try stack.startWorker()
        try await tenant.waitForEnd(try accept())
        #expect(stack.sql("SELECT COUNT(*) FROM webhook_events") == "0")
        #expect(worker.isReady)
    }
}
