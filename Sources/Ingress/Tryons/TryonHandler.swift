internal import Shared

/// Cart try-ons: accepting them, and showing how they stand.
final class TryonHandler {
    private let gate: Gatekeeper
    private let admission: Admission
    private let mysql: MySQLPool
    private let redis: RedisConnection
    private let keys: RedisKeys
    private let body: RequestBody
    private let links: FileLinks
    private let parser = JSONParserHandle(bytesMax: 1 << 20)
    private var random = SystemRandomSource()

    init(
        gate: Gatekeeper, admission: Admission, mysql: MySQLPool, redis: RedisConnection, keys: RedisKeys,
        body: RequestBody, links: FileLinks
    ) {
        self.gate = gate
        self.admission = admission
        self.mysql = mysql
        self.redis = redis
        self.keys = keys
        self.body = body
        self.links = links
    }

    // MARK: Accepting

    func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (hash, found) = try await gate.identify(context)
        var key = found
        if !gate.isUsable(context, key, .tryonsWrite) { key = try await gate.pass(context, .tryonsWrite) }
        let (draft, ticket) = try await read(context, key)
        let id = SessionID(at: context.now, random: &random)
        let accepted = try await admission.admit(
            context, id, ticket, photo: draft.photoID, hash: hash, key: key)
        var response = HTTPResponse(
            .created, type: "application/json",
            body: Self.answer(accepted.id, ticket, creditsRemaining: accepted.creditsRemaining))
        response.set("Location", "/api/v1/cart-tryons/\(accepted.id)")
        if accepted.isReplay { response.set("Idempotent-Replayed", "true") }
        return response
    }

    /// Reads the request; one that is refused counts against the limit, too.
    private func read(_ context: RequestContext, _ key: APIKey) async throws(Problem) -> (TryonDraft, SessionTicket) {
        let refusal: Problem
        do throws(Problem) {
            let name = try IdempotencyKey(
                context, environment: key.environment, route: "cart-tryons", body: context.bodyBytes)
            let draft = try body.read(context) { reader in TryonDraft(&reader) }
            let ticket = SessionTicket(
                organizationID: key.organizationID, environment: key.environment, keyID: key.id,
                customerID: draft.customerID, cartID: draft.cartID, quality: draft.quality, items: draft.items,
                metadata: draft.metadata, requestID: context.requestID, traceparent: context.traceparent,
                idempotencyHash: name?.hash, fingerprint: name?.fingerprint)
            return (draft, ticket)
        } catch {
            refusal = error
        }
        _ = try await gate.pass(context, .tryonsWrite)
        throw refusal
    }

    /// The same for the same session, whenever it is asked.
    private static func answer(_ id: SessionID, _ ticket: SessionTicket, creditsRemaining: Int64) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("id", id)
            json.field("status", SessionStatus.queued.rawValue)
            json.field("cartId", ticket.cartID)
            json.field("quality", ticket.quality.rawValue)
            json.field("creditsHeld", ticket.costCredits)
            json.field("creditsRemaining", creditsRemaining)
            json.key("items")
            json.array { json in
                for (position, item) in ticket.items.enumerated() {
                    json.object { json in
                        json.field("id", SessionTicket.itemID(id, position))
                        json.field("sku", item.sku)
                        json.field("status", ItemStatus.queued.rawValue)
                    }
                }
            }
            json.field("createdAt", id.createdAt)
        }
        return json.bytes
    }

    // MARK: Showing

    private static let holdsReadMax: Int64 = 2_000

    func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .tryonsRead)
        guard let id = SessionID(try context.parameter(0)) else { throw .notFound("cart try-on") }
        if let (view, isClaimed) = try await waiting(id, key), !isClaimed { return answer(view, context) }
        if let view = try await stored(id, key) { return answer(view, context) }
        // Claimed, and not committed a moment ago. A session leaves Redis behind its commit: in one of the two it is.
        if let (view, _) = try await waiting(id, key) { return answer(view, context) }
        if let view = try await stored(id, key) { return answer(view, context) }
        throw .notFound("cart try-on")
    }

    private func stored(_ id: SessionID, _ key: APIKey) async throws(Problem) -> SessionView? {
        try await mysql.ask { connection throws(MySQLError) in
            try SessionReader.find(id, key.organizationID, key.environment, connection)
        }
    }

    /// The session as Redis knows it, and whether a worker has taken it up.
    private func waiting(
        _ id: SessionID, _ key: APIKey
    ) async throws(Problem) -> (view: SessionView, isClaimed: Bool)? {
        let shard = keys.shard(of: key.organizationID)
        let name = keys.job(.sessions, shard: shard, id.description)
        let fields: [RedisReply]
        do throws(RedisError) {
            fields = try await redis.send(RedisCommand(["HMGET", name, "body", "photo", "started"])).elements ?? []
        } catch {
            // MariaDB may still know it.
            return nil
        }
        guard fields.count == 3, case .bulk(let bytes) = fields[0],
            let ticket = SessionTicket(bytes, parser), ticket.organizationID == key.organizationID,
            ticket.environment == key.environment
        else { return nil }
        let view = SessionView(queued: id, ticket, photoID: fields[1].text.flatMap { PhotoID($0) })
        return (view, fields[2] != .null)
    }

    /// The newest first: what waits in Redis, and what MariaDB has.
    func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .tryonsRead)
        let page = try Page<SessionID>(context)
        var views = try await waitingNewest(key, page)
        let known = try await mysql.ask { connection throws(MySQLError) in
            try SessionReader.list(key.organizationID, key.environment, page: page.parameters, connection)
        }
        let ids = Set(known.map(\.id))
        views = views.filter { !ids.contains($0.id) } + known
        views.sort { $0.id > $1.id }
        let now = context.now
        return page.response(Array(views.prefix(page.limit + 1)), id: \.id) { view, json in
            view.write(to: &json) { links.address(of: $0, at: now) }
        }
    }

    /// The newest sessions that MariaDB may not have yet: those with a hold; where there are very many, the newest of the
    /// organisation's lane, which is read from its new end and costs no more when it is long.
    private func waitingNewest(_ key: APIKey, _ page: Page<SessionID>) async throws(Problem) -> [SessionView] {
        let shard = keys.shard(of: key.organizationID)
        let holds = keys.holds(key.organizationID)
        let lane = keys.lane(.sessions, shard: shard, key.organizationID.description)
        var ids: [SessionID]
        do throws(RedisError) {
            let count = try await redis.send(RedisCommand(["HLEN", holds])).integer ?? 0
            let command =
                count <= Self.holdsReadMax ? ["HKEYS", holds] : ["LRANGE", lane, "0", String(2 * page.limit)]
            ids = (try await redis.send(RedisCommand(command)).elements ?? []).compactMap {
                $0.text.flatMap { SessionID($0) }
            }
        } catch {
            throw Problem(redis: error)
        }
        ids = ids.filter { id in page.before.map { id < $0 } ?? true }.sorted(by: >)
        ids = Array(ids.prefix(2 * page.limit))
        var views: [SessionView] = []
        for id in ids {
            if let (view, _) = try await waiting(id, key) { views.append(view) }
        }
        return views
    }

    private func answer(_ view: SessionView, _ context: RequestContext) -> HTTPResponse {
        var json = JSONWriter(capacity: 1_024)
        json.object { json in view.write(to: &json) { links.address(of: $0, at: context.now) } }
        return HTTPResponse(.ok, type: "application/json", body: json.bytes)
    }
}
