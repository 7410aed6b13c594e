internal import Shared

/// API keys of an organisation.
final class APIKeyHandler {
    private let gate: UserGate
    private let mysql: MySQLPool
    private let mirror: AccountMirror
    private let body: RequestBody
    private var random = SystemRandomSource()

    init(gate: UserGate, mysql: MySQLPool, mirror: AccountMirror, body: RequestBody) {
        self.gate = gate
        self.mysql = mysql
        self.mirror = mirror
        self.body = body
    }

    /// Makes a key, whose text this answer alone shows.
    func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let organizationID = try gate.member(context, mayChange: true)
        let draft = try body.read(context) { reader in
            APIKeyDraft(&reader, isNew: true, now: context.now)
        }
        let environment = draft.environment ?? .live
        let secret = APIKeySecret(environment: environment)
        let id = APIKeyID(at: context.now, random: &random)
        let now = context.now
        let row: Result<MySQLRow, Problem> = try await mysql.ask { connection throws(MySQLError) in
            guard try Account.read(organizationID, connection) != nil else {
                return .failure(.notFound("organisation"))
            }
            try connection.update(
                APIKeyStatements.insert,
                [
                    .id(id), .id(organizationID), .text(environment.rawValue), .text(secret.publicPrefix),
                    .text(secret.hash), .text(draft.name ?? ""), .text(draft.scopesText ?? ""),
                    draft.requestsPerMinute.value(otherwise: nil).map { .integer($0) } ?? .null,
                    .text(draft.addressesText ?? ""),
                    .optional(draft.expiresAt.value(otherwise: nil)), .time(now),
                ])
            guard let row = try connection.query(APIKeyStatements.read, [.id(organizationID), .id(id)]).first
            else { return .failure(Problem(.internalError, "the key was not kept")) }
            return .success(row)
        }
        var json = JSONWriter()
        let found = try row.get()
        json.object { json in
            Self.write(found, &json)
            json.field("key", secret.text)
        }
        var response = HTTPResponse(.created, type: "application/json", body: json.bytes)
        response.set("Cache-Control", "no-store")
        return response
    }

    func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let organizationID = try gate.member(context, mayChange: false)
        let page = try Page<APIKeyID>(context)
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(APIKeyStatements.list, [.id(organizationID)] + page.parameters)
        }
        return page.response(rows, id: { $0.id(0) }, Self.write)
    }

    /// Changes a key; what is not named stays.
    func change(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let organizationID = try gate.member(context, mayChange: true)
        let id = try keyID(context)
        let draft = try body.read(context) { reader in
            APIKeyDraft(&reader, isNew: false, now: context.now)
        }
        let row: MySQLRow? = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> MySQLRow? in
                try connection.update(APIKeyStatements.raiseAuthVersion, [.id(organizationID)])
                guard let old = try connection.query(APIKeyStatements.read, [.id(organizationID), .id(id)]).first
                else { return nil }
                let limit = draft.requestsPerMinute.value(otherwise: old.optionalInteger(5))
                try connection.update(
                    APIKeyStatements.update,
                    [
                        .text(draft.name ?? old.text(3)), .text(draft.scopesText ?? old.text(4)),
                        limit.map { .integer($0) } ?? .null, .text(draft.addressesText ?? old.text(6)),
                        .boolean(draft.isActive ?? old.boolean(7)),
                        .optional(draft.expiresAt.value(otherwise: old.optionalTime(9))), .id(organizationID), .id(id),
                    ])
                return try connection.query(APIKeyStatements.read, [.id(organizationID), .id(id)]).first
            }
        }
        guard let row else { throw .notFound("API key") }
        try await mirror.confirm(organizationID)
        var json = JSONWriter()
        json.object { json in Self.write(row, &json) }
        return HTTPResponse(.ok, type: "application/json", body: json.bytes)
    }

    /// Revokes a key for good, on every ingress at once.
    func delete(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let organizationID = try gate.member(context, mayChange: true)
        let id = try keyID(context)
        let now = context.now
        let deleted = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                try connection.update(APIKeyStatements.raiseAuthVersion, [.id(organizationID)])
                let deleted = try connection.update(
                    APIKeyStatements.delete, [.time(now), .id(organizationID), .id(id)])
                // Sent again, for the first time was not confirmed everywhere.
                if deleted > 0 { return true }
                let before = try connection.query(APIKeyStatements.isDeleted, [.id(organizationID), .id(id)])
                return !before.isEmpty
            }
        }
        if !deleted { throw .notFound("API key") }
        try await mirror.confirm(organizationID)
        return HTTPResponse(.noContent)
    }

    private func keyID(_ context: RequestContext) throws(Problem) -> APIKeyID {
        guard let id = APIKeyID(try context.parameter(1)) else { throw .notFound("API key") }
        return id
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("id", row.text(0))
        json.field("environment", row.text(1))
        json.field("prefix", "drape_\(row.text(1))_\(row.text(2))")
        json.field("name", row.text(3))
        json.key("scopes")
        json.array { json in
            for scope in row.text(4).split(separator: " ") { json.string(String(scope)) }
        }
        json.key("rateLimitPerMinute")
        if let limit = row.optionalInteger(5) { json.integer(limit) } else { json.null() }
        json.key("allowedIps")
        json.array { json in
            for range in row.text(6).split(separator: ",") { json.string(String(range)) }
        }
        json.field("isActive", row.boolean(7))
        json.field("lastUsedAt", row.optionalTime(8))
        json.field("expiresAt", row.optionalTime(9))
        json.field("createdAt", row.time(10))
    }
}
