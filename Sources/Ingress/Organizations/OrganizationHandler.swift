internal import Domain
internal import Platform

/// Handles the endpoints for organisations and grants of credits.
final class OrganizationHandler {
    private let mysql: MySQLPool
    private let credits: CreditCache
    private let body: JSONBody
    private var random = SystemRandomSource()

    init(mysql: MySQLPool, credits: CreditCache, body: JSONBody) {
        self.mysql = mysql
        self.credits = credits
        self.body = body
    }

    func create(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        let (name, email, plan) = try body.read(context.request, OrganizationSchema.create) { reader in
            let name = reader.read(OrganizationSchema.newName)
            let email = reader.read(OrganizationSchema.newBillingEmail)
            let plan = reader.read(OrganizationSchema.plan) ?? .free
            return name.flatMap { name in email.map { (name, $0, plan) } }
        }
        let id = OrganizationID(at: context.now, random: &random)
        let now = context.now
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.update(
                OrganizationStatements.insert,
                [
                    "id": .id(id), "name": .text(name), "billing_email": .text(email),
                    "plan": .text(plan.rawValue), "now": .time(now),
                ])
            return try connection.query(OrganizationStatements.read, [.id(id)]).first
        }
        guard let row else { throw Problem(.internalError, "the organisation was not stored") }
        var response = Self.response(.created, row)
        response.set("Location", "/api/organizations/\(id)")
        return response
    }

    func list(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        let page = try Page<OrganizationID>(context.request)
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(OrganizationStatements.list, page.parameters)
        }
        return page.response(rows, id: { $0.id("id") }, Self.write)
    }

    func read(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        Self.response(.ok, try await row(try context.organizationID()))
    }

    /// Changes an organisation; only platform administrators may change its plan and status.
    func change(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        let id = try context.organizationID()
        let (name, email, plan, status, threshold) = try body.read(context.request, OrganizationSchema.change) {
            reader in
            (
                reader.read(OrganizationSchema.name), reader.read(OrganizationSchema.billingEmail),
                reader.read(OrganizationSchema.plan), reader.read(OrganizationSchema.status),
                reader.change(OrganizationSchema.lowCredits)
            )
        }
        if context.user.role != .platformAdmin, plan != nil || status != nil {
            throw Problem(.forbidden, "only platform administrators change plan and status")
        }
        let now = context.now
        let changed = try await mysql.ask { connection throws(MySQLError) in
            try connection.update(
                OrganizationStatements.update,
                [
                    "name": .optional(name), "billing_email": .optional(email), "plan": .optional(plan?.rawValue),
                    "status": .optional(status?.rawValue), "now": .time(now), "id": .id(id),
                    "changes_threshold": .boolean(threshold.isSet),
                    "threshold": .optional(threshold.value(otherwise: nil)),
                ])
        }
        if changed == 0 { throw .notFound("organisation") }
        try await credits.confirm(id)
        return Self.response(.ok, try await row(id))
    }

    /// Grants credits, once for each reference.
    func grant(_ context: UserContext) async throws(Problem) -> HTTPResponse {
        let id = try context.organizationID()
        let grant = try body.read(context.request, OrganizationSchema.grant) { reader in
            let amount = reader.read(OrganizationSchema.amount)
            let reference = reader.read(OrganizationSchema.reference)
            return amount.flatMap { amount in
                reference.map { Grant(organizationID: id, amountCredits: amount, reference: $0) }
            }
        }
        let now = context.now
        let result = try await mysql.ask { connection throws(MySQLError) in try grant.make(at: now, connection) }
        switch result {
        case .success(let outcome):
            await credits.update(outcome.account)
            var response = HTTPResponse.json(.created) { json in
                json.field("organizationId", id)
                json.field("reference", grant.reference)
                json.field("amount", grant.amountCredits)
                json.field("balance", outcome.account.balanceCredits)
                json.field("createdAt", outcome.createdAt)
            }
            if outcome.isReplay { response.set("Idempotent-Replayed", static: "true") }
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

    private static func response(_ status: HTTPStatus, _ row: MySQLRow) -> HTTPResponse {
        .json(status) { json in write(row, &json) }
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("id", row.text("id"))
        json.field("name", row.text("name"))
        json.field("billingEmail", row.text("billing_email"))
        json.field("plan", row.text("plan"))
        json.field("status", row.text("status"))
        json.field("credits", row.integer("credits"))
        json.key("lowCreditsThreshold")
        if let threshold = row.optionalInteger("low_credits_threshold") { json.integer(threshold) } else { json.null() }
        json.field("createdAt", row.time("created_at"))
        json.field("updatedAt", row.time("updated_at"))
    }
}
