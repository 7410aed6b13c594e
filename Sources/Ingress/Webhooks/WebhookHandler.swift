internal import Domain
internal import Platform

/// Handles the endpoints for webhooks, to which a tenant's events are delivered.
final class WebhookHandler {
    static let webhooksMax = 50
    private let mysql: MySQLPool
    private let redis: RedisStore
    private let writes: IdempotentWrite
    private let body: JSONBody
    private let secretKey: SecretKey
    private let headers: SealedHeaders
    private let rules: URLRules
    private let logger: Logger
    private var random = SystemRandomSource()

    init(
        mysql: MySQLPool, redis: RedisStore, writes: IdempotentWrite, body: JSONBody, secretKey: SecretKey,
        rules: URLRules, logger: Logger
    ) {
        self.logger = logger
        self.mysql = mysql
        self.redis = redis
        self.writes = writes
        self.body = body
        self.secretKey = secretKey
        headers = SealedHeaders(secretKey: secretKey)
        self.rules = rules
    }

    /// Creates a webhook; only this response contains its secret.
    func create(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let request = try body.read(context.request, WebhookSchema.create) { reader in
            WebhookRequest(&reader, rules: rules)
        }
        // Decided after the idempotency key: a repeated request gets its first answer, whatever the name leads to now.
        let fault = await rules.addressFault(of: request.url)
        let id = WebhookID(at: context.now, random: &random)
        let secret = SecureRandom.bytes(count: 32).hexText
        let sealed = secretKey.seal(Array(secret.utf8), context: id.description)
        let (key, now, headers) = (context.key, context.now, headers)
        let shown = WebAddress(request.url)?.withoutQuery ?? ""
        let entry = context.auditEntry(.webhookCreated, of: id.description, detail: shown)
        var response = try await writes.run(
            context, route: "webhooks", fingerprinting: context.request.bodyBytes
        ) { connection throws(MySQLError) in
            if let fault { return .failure(Self.invalidURL(fault)) }
            let count = try connection.query(WebhookStatements.count, key.tenant).first?.onlyValue.integer ?? 0
            if count >= Self.webhooksMax {
                return .failure(Problem(.conflict, "an organisation has at most \(Self.webhooksMax) webhooks"))
            }
            try connection.update(
                WebhookStatements.insert,
                [
                    "id": .id(id), "organization": .id(key.organizationID),
                    "environment": .text(key.environment.rawValue), "url": .text(request.url),
                    "description": .text(request.description), "events": .text(request.events.joined(separator: " ")),
                    "secret": .bytes(sealed), "max_concurrency": .integer(Int64(request.limits.maxConcurrency)),
                    "rate": .optional(request.limits.ratePerSecond.map { Int64($0) }),
                    "is_ordered": .boolean(request.limits.isOrdered),
                    "headers": headers.seal(request.headers, of: id).map { .bytes($0) } ?? .null, "now": .time(now),
                ])
            try connection.insert([entry], AuditEntry.insert)
            guard let row = try connection.query(WebhookStatements.read, key.tenant + ["id": .id(id)]).first else {
                return .failure(Problem(.internalError, "the webhook was not stored"))
            }
            let created = HTTPResponse.json(.created) { json in
                Self.write(row, .closed, headers, &json)
                json.field("secret", secret)
            }
            return .success(
                IdempotentWrite.Answer(
                    status: .created, location: "/api/v1/webhooks/\(id)", body: created.body.bytes))
        }
        response.set("Cache-Control", static: "no-store")
        return response
    }

    func list(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let page = try Page<WebhookID>(context.request)
        let key = context.key
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(WebhookStatements.list, key.tenant + page.parameters)
        }
        let breakers = try await breakers(of: rows.map { $0.id("id") }, key)
        return page.response(rows, id: { $0.id("id") }) { [headers] row, json in
            Self.write(row, breakers[row.id("id")] ?? .closed, headers, &json)
        }
    }

    func read(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: WebhookID = try context.request.id(0, "webhook")
        let key = context.key
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(WebhookStatements.read, key.tenant + ["id": .id(id)]).first
        }
        guard let row else { throw .notFound("webhook") }
        let breaker = try await breakers(of: [id], key)[id] ?? .closed
        return .json { json in Self.write(row, breaker, headers, &json) }
    }

    /// The circuit breakers of webhooks of the key's organisation.
    private func breakers(
        of ids: [WebhookID], _ key: APIKey
    ) async throws(Problem) -> [WebhookID: CircuitBreaker] {
        do throws(RedisError) {
            let found = try await CircuitBreakerScript(shard: key.names.place.shard, ids).run(redis)
            return Dictionary(uniqueKeysWithValues: zip(ids, found))
        } catch {
            throw Problem(redis: error)
        }
    }

    /// Changes a webhook; a new URL, or a webhook that is active again, begins with a closed circuit breaker.
    func change(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: WebhookID = try context.request.id(0, "webhook")
        let change = try body.read(context.request, WebhookSchema.change) { reader in
            WebhookChange(&reader, rules: rules)
        }
        if let url = change.url { try await check(addressesOf: url) }
        let key = context.key
        let scope = key.tenant + ["id": .id(id)]
        let parameters = scope + change.parameters(sealing: headers, of: id, at: context.now)
        let names = change.names
        let entry = context.auditEntry(.webhookChanged, of: id.description, detail: names)
        let changed = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> MySQLRow? in
                if try connection.update(WebhookStatements.change, parameters) == 0 { return nil }
                try connection.insert(names.isEmpty ? [] : [entry], AuditEntry.insert)
                return try connection.query(WebhookStatements.read, scope).first
            }
        }
        guard let changed else { throw .notFound("webhook") }
        let breaker = await apply(change, to: id, WebhookLimits(changed), key)
        return .json { json in Self.write(changed, breaker, headers, &json) }
    }

    /// Checks what a URL leads to now; each attempt checks it again.
    private func check(addressesOf url: String) async throws(Problem) {
        guard let fault = await rules.addressFault(of: url) else { return }
        throw Self.invalidURL(fault)
    }

    private static func invalidURL(_ fault: String) -> Problem {
        .invalid([Problem.Fault(pointer: "/url", code: FaultCode.invalidURL.rawValue, message: fault)])
    }

    /// Tells Redis of a change that MariaDB has.
    ///
    /// If Redis fails, the next attempt brings the limits, and the breaker closes when the endpoint answers.
    private func apply(
        _ change: WebhookChange, to id: WebhookID, _ limits: WebhookLimits, _ key: APIKey
    ) async -> CircuitBreaker {
        let shard = key.names.place.shard
        do throws(RedisError) {
            if change.hasLimits { try await LaneLimitScript(id, limits, shard: shard).run(redis) }
            if change.isFreshStart { _ = try await CircuitBreakerCloseScript(id, shard: shard).run(redis) }
            return try await CircuitBreakerScript(shard: shard, [id]).run(redis).first ?? .closed
        } catch {
            logger.warning("Redis was not told of a changed webhook", .id(id), .error(error))
            return .closed
        }
    }

    /// Replaces the secret; for a time deliveries have a signature with each of both.
    func rotateSecret(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: WebhookID = try context.request.id(0, "webhook")
        let graceHours = try body.read(context.request, WebhookSchema.rotate) { reader in
            reader.read(WebhookSchema.graceHours) ?? 24
        }
        let secret = SecureRandom.bytes(count: 32).hexText
        let sealed = secretKey.seal(Array(secret.utf8), context: id.description)
        let (key, now, headers) = (context.key, context.now, headers)
        let entry = context.auditEntry(
            .webhookSecretRotated, of: id.description, detail: "the old one signs for \(graceHours) hours")
        let until = graceHours > 0 ? now + .seconds(graceHours * 3_600) : nil
        let breaker = try await breakers(of: [id], key)[id] ?? .closed
        var response = try await writes.run(
            context, route: "webhooks.rotate", fingerprinting: context.request.bodyBytes
        ) { connection throws(MySQLError) in
            let scope = key.tenant + ["id": .id(id)]
            let rotated = try connection.update(
                WebhookStatements.rotateSecret,
                scope + ["until": .optional(until), "secret": .bytes(sealed), "now": .time(now)])
            guard rotated > 0, let row = try connection.query(WebhookStatements.read, scope).first else {
                return .failure(.notFound("webhook"))
            }
            try connection.insert([entry], AuditEntry.insert)
            let answer = HTTPResponse.json(.ok) { json in
                Self.write(row, breaker, headers, &json)
                json.field("secret", secret)
            }
            return .success(IdempotentWrite.Answer(status: .ok, body: answer.body.bytes))
        }
        response.set("Cache-Control", static: "no-store")
        return response
    }

    /// Makes deliveries pending again that were skipped or given up; the reconciler enqueues them within half a minute.
    func recover(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: WebhookID = try context.request.id(0, "webhook")
        let since = try body.read(context.request, WebhookSchema.recover) { reader in
            reader.read(WebhookSchema.since) ?? Timestamp(unixMs: 0)
        }
        let key = context.key
        let entry = context.auditEntry(.webhookRecovered, of: id.description, detail: "since \(since)")
        return try await writes.run(
            context, route: "webhooks.recover", fingerprinting: context.request.bodyBytes
        ) { connection throws(MySQLError) in
            let scope = key.tenant + ["id": .id(id)]
            guard let webhook = try connection.query(WebhookStatements.isActive, scope).first else {
                return .failure(.notFound("webhook"))
            }
            guard webhook.boolean("is_active") else {
                return .failure(Problem(.conflict, "the webhook is not active; activate it first"))
            }
            let rows = try connection.query(
                WebhookStatements.recoverable,
                ["id": .id(id), "since": .time(since), "limit": .integer(Int64(BatchSize.largest) + 1)])
            let ids = rows.prefix(BatchSize.largest).map { MySQLValue.text($0.text("id")) }
            if !ids.isEmpty {
                let padded = BatchSize.padded(ids)
                try connection.update(WebhookStatements.recover(padded.count), padded)
                try connection.insert([entry], AuditEntry.insert)
            }
            let answer = HTTPResponse.json(.ok) { json in
                json.field("recovered", Int64(ids.count))
                json.field("hasMore", rows.count > ids.count)
            }
            return .success(IdempotentWrite.Answer(status: .ok, body: answer.body.bytes))
        }
    }

    /// Deletes a webhook; a waiting delivery is canceled when it is claimed.
    func delete(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: WebhookID = try context.request.id(0, "webhook")
        let parameters = context.key.tenant + ["id": .id(id), "now": .time(context.now)]
        let entry = context.auditEntry(.webhookDeleted, of: id.description)
        let isDeleted = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                if try connection.update(WebhookStatements.delete, parameters) == 0 { return false }
                try connection.insert([entry], AuditEntry.insert)
                return true
            }
        }
        if !isDeleted { throw .notFound("webhook") }
        return HTTPResponse(.noContent)
    }

    private static func write(
        _ row: MySQLRow, _ breaker: CircuitBreaker, _ headers: SealedHeaders, _ json: inout JSONWriter
    ) {
        json.field("id", row.text("id"))
        json.field("url", row.text("url"))
        json.field("description", row.text("description"))
        json.key("events")
        json.array { json in
            for event in row.text("events").split(separator: " ") { json.string(String(event)) }
        }
        json.field("isActive", row.boolean("is_active"))
        json.field("disabledReason", row.optionalText("disabled_reason"))
        json.field("maxConcurrency", row.integer("max_concurrency"))
        json.key("ratePerSecond")
        if let rate = row.optionalInteger("rate_per_second") { json.integer(rate) } else { json.null() }
        json.field("ordered", row.boolean("is_ordered"))
        json.key("headerNames")
        json.array { json in
            for name in headers.names(row.optionalBytes("headers"), of: row.text("id")) { json.string(name) }
        }
        json.field("successCount", row.integer("success_count"))
        json.field("failureCount", row.integer("failure_count"))
        json.key("breaker")
        json.object { json in
            json.field("state", breaker.state.rawValue)
            json.field("reason", breaker.reason?.rawValue)
            json.field("openedAt", breaker.openedAt)
            json.field("nextProbeAt", breaker.nextProbeAt)
        }
        json.field("previousSecretUntil", row.optionalTime("previous_secret_until"))
        json.field("createdAt", row.time("created_at"))
        json.field("updatedAt", row.time("updated_at"))
    }
}
