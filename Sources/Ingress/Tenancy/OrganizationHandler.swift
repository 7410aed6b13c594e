internal import Shared

/// Organisations, and the credits that they are granted.
final class OrganizationHandler {
    /// Whether an organisation may use its keys.
    enum Status: String, CaseIterable {
        case active, suspended
    }

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

    func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        try gate.platformAdmin(context)
        let (name, email, plan) = try body.read(context) { reader in
            let name = reader.string("name", 1...200, isRequired: true)
            let email = Self.email(&reader, "billingEmail", isRequired: true)
            let plan = reader.choice("plan", Plan.self) ?? .free
            return name.flatMap { name in email.map { (name, $0, plan) } }
        }
        let id = OrganizationID(at: context.now, random: &random)
        let now = context.now
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.update(
                OrganizationStatements.insert,
                [.id(id), .text(name), .text(email), .text(plan.rawValue), .time(now), .time(now)])
            return try connection.query(OrganizationStatements.read, [.id(id)]).first
        }
        guard let row else { throw Problem(.internalError, "the organisation was not kept") }
        var response = Self.answer(.created, row)
        response.set("Location", "/api/organizations/\(id)")
        return response
    }

    func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        try gate.platformAdmin(context)
        let page = try Page<OrganizationID>(context)
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(OrganizationStatements.list, page.parameters)
        }
        return page.response(rows, id: { $0.id(0) }, Self.write)
    }

    func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let id = try gate.member(context, mayChange: false)
        return Self.answer(.ok, try await row(id))
    }

    /// Changes an organisation.
    ///
    /// Its plan and its status are a platform administrator's to change.
    func change(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let id = try gate.member(context, mayChange: true)
        let isAdmin = try gate.identify(context).role == .platformAdmin
        let (name, email, plan, status) = try body.read(context) { reader in
            (
                reader.string("name", 1...200), Self.email(&reader, "billingEmail"),
                reader.choice("plan", Plan.self), reader.choice("status", Status.self)
            )
        }
        if !isAdmin, plan != nil || status != nil {
            throw Problem(.forbidden, "plan and status are changed by platform administrators")
        }
        let now = context.now
        let changed = try await mysql.ask { connection throws(MySQLError) in
            try connection.update(
                OrganizationStatements.update,
                [
                    .optional(name), .optional(email), .optional(plan?.rawValue), .optional(status?.rawValue),
                    .time(now), .id(id),
                ])
        }
        if changed == 0 { throw .notFound("organisation") }
        try await mirror.confirm(id)
        return Self.answer(.ok, try await row(id))
    }

    /// Grants credits, once for each reference.
    func grant(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        try gate.platformAdmin(context)
        guard let id = OrganizationID(try context.parameter(0)) else { throw .notFound("organisation") }
        let grant = try body.read(context) { reader in
            let amount = reader.integer("amount", 1...Grant.amountCreditsMax, isRequired: true)
            let reference = reader.string("reference", 1...128, isRequired: true)
            return amount.flatMap { amount in
                reference.map { Grant(organizationID: id, amountCredits: amount, reference: $0) }
            }
        }
        let now = context.now
        let result = try await mysql.ask { connection throws(MySQLError) in try grant.make(at: now, connection) }
        switch result {
        case .success(let outcome):
            await mirror.tell(outcome.account)
            var json = JSONWriter()
            json.object { json in
                json.field("organizationId", id)
                json.field("reference", grant.reference)
                json.field("amount", grant.amountCredits)
                json.field("balance", outcome.account.balanceCredits)
                json.field("createdAt", outcome.createdAt)
            }
            var response = HTTPResponse(.created, type: "application/json", body: json.bytes)
            if outcome.isReplay { response.set("Idempotent-Replayed", "true") }
            return response
        case .failure(.unknownOrganization): throw .notFound("organisation")
        case .failure(.conflict(let amount)):
            throw Problem(.conflict, "the reference \"\(grant.reference)\" was used for a grant of \(amount) credits")
        case .failure(.balanceTooHigh):
            throw Problem(.conflict, "a balance has at most \(Grant.balanceCreditsMax) credits")
        }
    }

    // MARK: Rows

    private func row(_ id: OrganizationID) async throws(Problem) -> MySQLRow {
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(OrganizationStatements.read, [.id(id)]).first
        }
        guard let row else { throw .notFound("organisation") }
        return row
    }

    private static func answer(_ status: HTTPStatus, _ row: MySQLRow) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in write(row, &json) }
        return HTTPResponse(status, type: "application/json", body: json.bytes)
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("id", row.text(0))
        json.field("name", row.text(1))
        json.field("billingEmail", row.text(2))
        json.field("plan", row.text(3))
        json.field("status", row.text(4))
        json.field("credits", row.integer(5))
        json.field("createdAt", row.time(6))
        json.field("updatedAt", row.time(7))
    }

    /// An address is kept as it is given: only its outline is checked.
    static func email(_ reader: inout BodyReader, _ name: String, isRequired: Bool = false) -> String? {
        guard let text = reader.string(name, 3...254, isRequired: isRequired) else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let hasBlank = text.unicodeScalars.contains { $0.properties.isWhitespace || $0.value < 0x20 }
        if parts.count != 2 || parts.contains("") || hasBlank {
            reader.faults.add(reader.path(name), "invalid_email", "must be an e-mail address")
            return nil
        }
        return text
    }
}
