internal import Shared

/// Customers of a tenant, by the tenant's own name for them.
final class CustomerHandler {
    private let gate: Gatekeeper
    private let mysql: MySQLPool
    private let writes: IdempotentWrite
    private let body: RequestBody
    private let eraser: CustomerEraser
    private var random = SystemRandomSource()

    init(gate: Gatekeeper, mysql: MySQLPool, writes: IdempotentWrite, body: RequestBody, eraser: CustomerEraser) {
        self.gate = gate
        self.mysql = mysql
        self.writes = writes
        self.body = body
        self.eraser = eraser
    }

    func create(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .customersWrite)
        let draft = try body.read(context) { reader in CustomerDraft(&reader, isNew: true) }
        let id = CustomerID(at: context.now, random: &random)
        let now = context.now
        let externalID = draft.externalID ?? ""
        return try await writes.run(
            context, key, route: "customers", fingerprinting: context.bodyBytes
        ) { connection throws(MySQLError) in
            do throws(MySQLError) {
                try connection.update(
                    CustomerStatements.insert,
                    [.id(id)] + key.tenant + [
                        .text(externalID), .optional(draft.email.value(otherwise: nil)),
                        .optional(draft.phone.value(otherwise: nil)), .optional(draft.name.value(otherwise: nil)),
                        .bytes(draft.metadata.value(otherwise: nil) ?? Array("{}".utf8)), .time(now), .time(now),
                    ])
            } catch  where error.isDuplicate {
                return .failure(Problem(.conflict, "there is a customer with this externalId"))
            }
            guard let row = try connection.query(CustomerStatements.read, key.tenant + [.text(externalID)]).first
            else { return .failure(Problem(.internalError, "the customer was not kept")) }
            let location = "/api/v1/customers/\(PercentEncoding.encode(externalID))"
            return .success(
                IdempotentWrite.Answer(
                    status: .created, location: location, body: Self.json(row), subjectID: id.description))
        }
    }

    func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .customersRead)
        let page = try Page<CustomerID>(context)
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(CustomerStatements.list, key.tenant + page.parameters)
        }
        return page.response(rows, id: { $0.id(0) }, Self.write)
    }

    func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .customersRead)
        let externalID = try context.parameter(0)
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(CustomerStatements.read, key.tenant + [.text(externalID)]).first
        }
        guard let row else { throw .notFound("customer") }
        return HTTPResponse(.ok, type: "application/json", body: Self.json(row))
    }

    /// Changes a customer: what is not named stays, what is null goes.
    func change(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .customersWrite)
        let externalID = try context.parameter(0)
        let draft = try body.read(context) { reader in CustomerDraft(&reader, isNew: false) }
        let now = context.now
        let row: MySQLRow? = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> MySQLRow? in
                let name = key.tenant + [MySQLValue.text(externalID)]
                guard let old = try connection.query(CustomerStatements.lock, name).first else { return nil }
                let metadata = draft.metadata.value(otherwise: old.optionalBytes(5)) ?? Array("{}".utf8)
                try connection.update(
                    CustomerStatements.update,
                    [
                        .optional(draft.email.value(otherwise: old.optionalText(2))),
                        .optional(draft.phone.value(otherwise: old.optionalText(3))),
                        .optional(draft.name.value(otherwise: old.optionalText(4))), .bytes(metadata),
                        .time(now), .text(old.text(0)),
                    ])
                return try connection.query(CustomerStatements.read, name).first
            }
        }
        guard let row else { throw .notFound("customer") }
        return HTTPResponse(.ok, type: "application/json", body: Self.json(row))
    }

    /// Erases a customer: the row's content, the photographs, and what Redis remembers.
    func delete(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let key = try await gate.pass(context, .customersWrite)
        guard try await eraser.erase(try context.parameter(0), key, at: context.now) else {
            throw .notFound("customer")
        }
        return HTTPResponse(.noContent)
    }

    // MARK: Rows

    private static func json(_ row: MySQLRow) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in write(row, &json) }
        return json.bytes
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("id", row.text(0))
        json.field("externalId", row.text(1))
        json.field("email", row.optionalText(2))
        json.field("phone", row.optionalText(3))
        json.field("name", row.optionalText(4))
        json.key("metadata")
        json.raw(row.optionalBytes(5) ?? Array("{}".utf8))
        json.field("createdAt", row.time(6))
        json.field("updatedAt", row.time(7))
    }
}
