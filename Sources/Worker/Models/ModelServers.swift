internal import Domain
internal import Platform

/// The model servers of a worker: chooses the least busy one that can be used.
final class ModelServers {
    enum Choice {
        case server(ModelServer)
        /// No server could be used for some time.
        case away
        /// The session does not wait any longer.
        case ended(RenderFailure)
    }

    private static let checkTimeout = Duration.seconds(5)
    private static let answerBytesMax = 4 << 20
    private let servers: [ModelServer]
    private let fields: Set<String>
    private let slots: Int
    /// A permit for each slot of the servers that can be used.
    private let permits: FairSemaphore<OrganizationID>
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
        let total = urls.count * slots
        permits = FairSemaphore(permitsMax: total, permitsMaxOfOne: max(1, total - 1))
        self.loop = loop
        self.client = client
        self.logger = logger
    }

    /// Takes a slot, and waits for one; `release` returns it.
    ///
    /// Organisations get slots in turn. A request keeps its place while its session waits.
    func acquire(for wait: ModelWait) async -> Choice {
        if wait.limits.isDraining() { return .ended(wait.outside) }
        var request: FairSemaphore<OrganizationID>.Request?
        var awayEnd: ContinuousClock.Instant?
        while true {
            update()
            // A server that has failed its check is away until it passes one, although it does not rest all the time.
            awayEnd = usable.contains(where: \.isChecked) ? nil : awayEnd ?? loop.now + ModelLimits.awayMax
            if let awayEnd, loop.now >= awayEnd || (wait.isOverdue && usable.isEmpty) {
                if let request { permits.withdraw(request) }
                return .away
            }
            // It keeps its place while nothing can be used, too.
            let mine = request ?? permits.request(wait.owner)
            request = mine
            let span = wait.isOverdue ? Duration.milliseconds(1) : ModelWait.pause
            if await permits.wait(mine, atMost: span, on: loop) {
                if wait.limits.isDraining() {
                    permits.withdraw(mine)
                    return .ended(wait.outside)
                }
                if let server = await take() { return .server(server) }
                // What failed its check rests now, so its slot must not be granted to another session.
                update()
                permits.withdraw(mine)
                request = nil
                if usable.isEmpty { await loop.sleep(for: span) }
            }
            if let failure = await wait.end() {
                if let request { permits.withdraw(request) }
                return .ended(failure)
            }
        }
    }

    /// A slot of the least busy server, which is healthy if this is its first prediction.
    private func take() async -> ModelServer? {
        while let server = usable.filter({ $0.running < slots }).min(by: { $0.running < $1.running }) {
            server.running += 1
            if server.isChecked { return server }
            if await check(server) { return server }
            server.running -= 1
        }
        return nil
    }

    /// Returns a slot.
    func release(_ server: ModelServer, of owner: OrganizationID) {
        server.running -= 1
        update()
        permits.release(owner)
    }

    /// Sessions that wait for a slot.
    var waiting: Int { permits.waitingCount }

    private var usable: [ModelServer] { servers.filter { !$0.isResting(at: loop.now) } }

    /// One organisation leaves a slot to others.
    private func update() {
        permits.permitsMaxOfOne = max(1, capacity - 1)
        permits.permitsMax = capacity
    }

    /// The slots of the servers that can be used, and those that others still hold.
    private var capacity: Int {
        servers.reduce(0) { sum, server in sum + (server.isResting(at: loop.now) ? server.running : slots) }
    }

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
