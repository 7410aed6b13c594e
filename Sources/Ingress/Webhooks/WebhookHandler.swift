internal import Shared

/// Endpoints of a tenant that are told of its events.
final class WebhookHandler {
    static let webhooksMax = 50
    private let gate: Gatekeeper
    private let mysql: MySQLPool
    private let writes: IdempotentWrite
    private let body: RequestBody
    private let secretKey: SecretKey
    private let policy: AddressPolicy
    private let allowsHTTP: Bool
    private var random = SystemRandomSource()

    init(
        gate: Gatekeeper, mysql: MySQLPool, writes: IdempotentWrite, body: RequestBody, secretKey: SecretKey,
        policy: AddressPolicy, allowsHTTP: Bool
    ) {
        self.gate = gate
        self.mysql = mysql
        self.writes = writes
        self.body = body
        self.secretKey = secretKey
        self.policy = policy
        self.allowsHTTP = allowsHTTP
    }

    /// Makes a webhook, whose secret this answer alone shows.
    func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .webhooksWrite)
        let (policy, allowsHTTP) = (self.policy, self.allowsHTTP)
        let draft = try body.read(context) { reader in
            WebhookDraft(&reader, policy: policy, allowsHTTP: allowsHTTP)
        }
        let id = WebhookID(at: context.now, random: &random)
        let secret = Randomness.bytes(count: 32).hexText
        let sealed = secretKey.seal(Array(secret.utf8), context: id.description)
        let now = context.now
        var response = try await writes.run(
            context, key, route: "webhooks", fingerprinting: context.bodyBytes
        ) { connection throws(MySQLError) in
            let count = try connection.query(WebhookStatements.count, key.tenant).first?.integer(0) ?? 0
            if count >= Self.webhooksMax {
                return .failure(Problem(.conflict, "an organisation has at most \(Self.webhooksMax) webhooks"))
            }
            try connection.update(
                WebhookStatements.insert,
                [.id(id)] + key.tenant + [
                    .text(draft.url), .text(draft.description), .text(draft.events.joined(separator: " ")),
                    .bytes(sealed), .time(now), .time(now),
                ])
            guard let row = try connection.query(WebhookStatements.read, key.tenant + [.id(id)]).first else {
                return .failure(Problem(.internalError, "the webhook was not kept"))
            }
            var json = JSONWriter()
            json.object { json in
                Self.write(row, &json)
                json.field("secret", secret)
            }
            let location = "/api/v1/webhooks/\(id)"
            return .success(IdempotentWrite.Answer(status: .created, location: location, body: json.bytes))
        }
        response.set("Cache-Control", "no-store")
        return response
    }

    func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .webhooksRead)
        let page = try Page<WebhookID>(context)
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(WebhookStatements.list, key.tenant + page.parameters)
        }
        return page.response(rows, id: { $0.id(0) }, Self.write)
    }

    func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .webhooksRead)
        let id = try webhookID(context)
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(WebhookStatements.read, key.tenant + [.id(id)]).first
        }
        guard let row else { throw .notFound("webhook") }
        var json = JSONWriter()
        json.object { json in Self.write(row, &json) }
        return HTTPResponse(.ok, type: "application/json", body: json.bytes)
    }

    /// Deletes a webhook; what is on its way to it is canceled when its turn comes.
    func delete(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .webhooksWrite)
        let id = try webhookID(context)
        let now = context.now
        let deleted = try await mysql.ask { connection throws(MySQLError) in
            try connection.update(WebhookStatements.delete, [.time(now), .time(now)] + key.tenant + [.id(id)])
        }
        if deleted == 0 { throw .notFound("webhook") }
        return HTTPResponse(.noContent)
    }

    private func webhookID(_ context: RequestContext) throws(Problem) -> WebhookID {
        guard let id = WebhookID(try context.parameter(0)) else { throw .notFound("webhook") }
        return id
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("id", row.text(0))
        json.field("url", row.text(1))
        json.field("description", row.text(2))
        json.key("events")
        json.array { json in
            for event in row.text(3).split(separator: " ") { json.string(String(event)) }
        }
        json.field("isActive", row.boolean(4))
        json.field("disabledReason", row.optionalText(5))
        json.field("successCount", row.integer(6))
        json.field("failureCount", row.integer(7))
        json.field("createdAt", row.time(8))
        json.field("updatedAt", row.time(9))
    }
}
