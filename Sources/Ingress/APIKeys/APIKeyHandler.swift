internal import Domain
internal import Platform

/// Handles the endpoints for an organisation's API keys.
final class APIKeyHandler {
    private let mysql: MySQLPool
    private let credits: CreditCache
    private let body: JSONBody
    private let events: EventDispatcher
    private var random = SystemRandomSource()

    init(mysql: MySQLPool, credits: CreditCache, body: JSONBody, events: EventDispatcher) {
        self.mysql = mysql
        self.events = events
        self.credits = credits
        self.body = body
    }

    /// Creates a key; only this response contains its text.
    func create(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        let organizationID = try context.organizationID()
        let request = try body.read(context.request, APIKeySchema.create) { reader in
            APIKeyRequest(&reader, isNew: true)
        }
        let environment = request.environment ?? .live
        let secret = APIKeySecret(environment: environment)
        let id = APIKeyID(at: context.now, random: &random)
        let now = context.now
        let parameters: MySQLParameters = [
            "id": .id(id), "organization": .id(organizationID), "environment": .text(environment.rawValue),
            "prefix": .text(secret.publicPrefix), "hash": .text(secret.hash),
            "name": .text(request.name ?? ""), "scopes": .text(request.scopes ?? ""),
            "requests_per_minute": .optional(request.requestsPerMinute.value(otherwise: nil)),
            "allowed_addresses": .text(request.allowedAddresses ?? ""),
            "expires_at": .optional(request.expiresAt.value(otherwise: nil)), "now": .time(now),
        ]
        typealias Made = (row: MySQLRow, deliveries: [PendingDelivery])
        let made: Result<Made, Problem> = try await mysql.ask { connection throws(MySQLError) in
            try connection.transactionOrRollback { () throws(MySQLError) -> Result<Made, Problem> in
                guard try Account.read(organizationID, connection) != nil else {
                    return .failure(.notFound("organisation"))
                }
                try connection.update(APIKeyListStatements.insert, parameters)
                let name: MySQLParameters = ["organization": .id(organizationID), "id": .id(id)]
                guard let row = try connection.query(APIKeyListStatements.read, name).first else {
                    return .failure(Problem(.internalError, "the key was not stored"))
                }
                return .success((row, try APIKeyEvent(.keyCreated, of: row, organizationID).write(at: now, connection)))
            }
        }
        let (found, deliveries) = try made.get()
        await events.dispatch(deliveries, of: organizationID)
        var response = HTTPResponse.json(.created) { json in
            Self.write(found, &json)
            json.field("key", secret.text)
        }
        response.set("Cache-Control", static: "no-store")
        return response
    }

    func list(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        let organizationID = try context.organizationID()
        let page = try Page<APIKeyID>(context.request)
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(APIKeyListStatements.list, ["organization": .id(organizationID)] + page.parameters)
        }
        return page.response(rows, id: { $0.id("id") }, Self.write)
    }

    /// Changes a key; an absent field stays unchanged.
    func change(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        let organizationID = try context.organizationID()
        let id: APIKeyID = try context.request.id(1, "API key")
        let request = try body.read(context.request, APIKeySchema.change) { reader in
            APIKeyRequest(&reader, isNew: false)
        }
        let now = context.now
        typealias Changed = (row: MySQLRow, deliveries: [PendingDelivery])
        let changed: Changed? = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> Changed? in
                let name: MySQLParameters = ["organization": .id(organizationID), "id": .id(id)]
                try connection.update(APIKeyListStatements.raiseAuthVersion, [.id(organizationID)])
                guard let old = try connection.query(APIKeyListStatements.read, name).first else { return nil }
                let limit = request.requestsPerMinute.value(otherwise: old.optionalInteger("rate_limit_per_minute"))
                try connection.update(
                    APIKeyListStatements.update,
                    [
                        "name": .text(request.name ?? old.text("name")),
                        "scopes": .text(request.scopes ?? old.text("scopes")),
                        "requests_per_minute": .optional(limit),
                        "allowed_addresses": .text(request.allowedAddresses ?? old.text("allowed_ips")),
                        "is_active": .boolean(request.isActive ?? old.boolean("is_active")),
                        "expires_at": .optional(request.expiresAt.value(otherwise: old.optionalTime("expires_at"))),
                        "organization": .id(organizationID), "id": .id(id),
                    ])
                guard let row = try connection.query(APIKeyListStatements.read, name).first else { return nil }
                let isRevoked = old.boolean("is_active") && !row.boolean("is_active")
                let event = APIKeyEvent(.keyRevoked, of: row, organizationID)
                return (row, isRevoked ? try event.write(at: now, connection) : [])
            }
        }
        guard let (row, deliveries) = changed else { throw .notFound("API key") }
        try await credits.confirm(organizationID)
        await events.dispatch(deliveries, of: organizationID)
        return .json { json in Self.write(row, &json) }
    }

    /// Revokes a key permanently; responds after Redis has confirmed it, so that it applies to every ingress.
    func delete(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        let organizationID = try context.organizationID()
        let id: APIKeyID = try context.request.id(1, "API key")
        let now = context.now
        let deliveries: [PendingDelivery]? = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> [PendingDelivery]? in
                let name: MySQLParameters = ["organization": .id(organizationID), "id": .id(id)]
                try connection.update(APIKeyListStatements.raiseAuthVersion, [.id(organizationID)])
                let old = try connection.query(APIKeyListStatements.read, name).first
                if let old, try connection.update(APIKeyListStatements.delete, name + ["now": .time(now)]) > 0 {
                    // A key that was deactivated before has had its event.
                    if !old.boolean("is_active") { return [] }
                    return try APIKeyEvent(.keyRevoked, of: old, organizationID).write(at: now, connection)
                }
                // A repeated request succeeds, too: the first may have been made but not confirmed by Redis.
                return try connection.query(APIKeyListStatements.isDeleted, name).isEmpty ? nil : []
            }
        }
        guard let deliveries else { throw .notFound("API key") }
        try await credits.confirm(organizationID)
        await events.dispatch(deliveries, of: organizationID)
        return HTTPResponse(.noContent)
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        let environment = row.text("environment")
        json.field("id", row.text("id"))
        json.field("environment", environment)
        json.field("prefix", "drape_\(environment)_\(row.text("key_prefix"))")
        json.field("name", row.text("name"))
        json.key("scopes")
        json.array { json in
            for scope in row.text("scopes").split(separator: " ") { json.string(String(scope)) }
        }
        json.key("rateLimitPerMinute")
        if let limit = row.optionalInteger("rate_limit_per_minute") { json.integer(limit) } else { json.null() }
        json.key("allowedIps")
        json.array { json in
            for range in row.text("allowed_ips").split(separator: ",") { json.string(String(range)) }
        }
        json.field("isActive", row.boolean("is_active"))
        json.field("lastUsedAt", row.optionalTime("last_used_at"))
        json.field("expiresAt", row.optionalTime("expires_at"))
        json.field("createdAt", row.time("created_at"))
    }
}
