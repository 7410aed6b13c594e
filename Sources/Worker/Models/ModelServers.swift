internal import Platform

/// The model servers of a worker: chooses the least busy one that can be used.
final class ModelServers {
    enum Choice {
        case server(ModelServer)
        /// All slots are taken.
        case busy
        /// No server can be used.
        case away
    }

    private static let waitMax = Duration.seconds(1)
    private static let pollPause = Duration.milliseconds(50)
    private static let checkTimeout = Duration.seconds(5)
    private static let answerBytesMax = 4 << 20
    private let servers: [ModelServer]
    private let fields: Set<String>
    private let slots: Int
    private let loop: EventLoop
    private let client: HTTPClient
    private let logger: Logger
    private let parser = JSONParserHandle(bytesMax: answerBytesMax, depthMax: 64)

    /// - Parameters:
    ///   - urls: the servers.
    ///   - fields: the inputs that each of them must have.
    ///   - slots: predictions at once at each.
    ///   - loop: the loop of the worker.
    ///   - client: may call every address.
    ///   - logger: the log.
    init(
        urls: [String], fields: Set<String>, slots: Int, loop: EventLoop, client: HTTPClient, logger: Logger
    ) {
        servers = urls.map { ModelServer(url: $0) }
        self.fields = fields
        self.slots = slots
        self.loop = loop
        self.client = client
        self.logger = logger
    }

    /// Takes a slot, and waits for one for a second at most; `release` returns it.
    func acquire() async -> Choice {
        let end = loop.now + Self.waitMax
        while true {
            let usable = servers.filter { !$0.isResting(at: loop.now) }
            if usable.isEmpty { return .away }
            if let server = usable.filter({ $0.running < slots }).min(by: { $0.running < $1.running }) {
                server.running += 1
                if server.isChecked { return .server(server) }
                if await check(server) { return .server(server) }
                server.running -= 1
                continue
            }
            if loop.now >= end { return .busy }
            await loop.sleep(for: Self.pollPause)
        }
    }

    func release(_ server: ModelServer) { server.running -= 1 }

    // MARK: Health and inputs

    /// Whether a server is ready, and has all inputs; unknown inputs would be dropped silently.
    private func check(_ server: ModelServer) async -> Bool {
        switch await get(server, "/health-check")?["status"]?.string {
        case "READY", "BUSY": break
        case "STARTING":
            server.rest(for: .seconds(2), at: loop.now)
            return false
        case let status:
            refuse(server, "its health is \(status ?? "not known")")
            return false
        }
        let schema = await get(server, "/openapi.json")?["components"]?["schemas"]?["Input"]?["properties"]
        guard let inputs = schema?.members else {
            refuse(server, "it does not say which inputs it has")
            return false
        }
        let missing = fields.subtracting(inputs.map(\.name))
        guard missing.isEmpty else {
            refuse(server, "it has no input \(missing.sorted().joined(separator: ", ")); see DRAPE_MODEL_PROFILE")
            return false
        }
        server.pass()
        return true
    }

    private func refuse(_ server: ModelServer, _ reason: String) {
        server.fail(at: loop.now)
        logger.error("a model server cannot be used", .text("server", server.url), .text("reason", reason))
    }

    private func get(_ server: ModelServer, _ path: String) async -> JSONNode? {
        var request = HTTPClientRequest(url: server.url + path, method: .get, bytesMax: Self.answerBytesMax)
        request.allowsHTTP = true
        request.timeout = Self.checkTimeout
        guard case .success(let answer) = await client.send(request), answer.status == 200 else { return nil }
        do throws(JSONError) { return try parser.parse(answer.body).root } catch { return nil }
    }
}
