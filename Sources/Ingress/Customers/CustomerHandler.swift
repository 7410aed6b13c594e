internal import Domain
internal import Platform

/// Handles the endpoints for customers, which are identified by the tenant's ids.
final class CustomerHandler {
    private let mysql: MySQLPool
    private let writes: IdempotentWrite
    private let body: JSONBody
    private let eraser: CustomerEraser
    private var random = SystemRandomSource()

    init(mysql: MySQLPool, writes: IdempotentWrite, body: JSONBody, eraser: CustomerEraser) {
        self.mysql = mysql
        self.writes = writes
        self.body = body
        self.eraser = eraser
    }

    func create(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let request = try body.read(context.request, CustomerSchema.create) { reader in
            CustomerRequest(&reader, isNew: true)
        }
        let id = CustomerID(at: context.now, random: &random)
        let (key, now) = (context.key, context.now)
        return try await writes.run(
            context, route: "customers", fingerprinting: context.request.bodyBytes
        ) { connection throws(MySQLError) in
            do throws(MySQLError) {
                try connection.update(
                    CustomerStatements.insert,
                    [
                        "id": .id(id), "organization": .id(key.organizationID),
                        "environment": .text(key.environment.rawValue), "external_id": .text(request.externalID),
                        "email": .optional(request.email.value(otherwise: nil)),
                        "phone": .optional(request.phone.value(otherwise: nil)),
                        "name": .optional(request.name.value(otherwise: nil)),
                        "metadata": .bytes(request.metadata.value(otherwise: nil) ?? Array("{}".utf8)),
                        "now": .time(now),
                    ])
            } catch  where error.isDuplicate {
                return .failure(Problem(.conflict, "there is a customer with this externalId"))
            }
            let rows = try connection.query(
                CustomerStatements.read, key.tenant + ["external_id": .text(request.externalID)])
            guard let row = rows.first else {
                return .failure(Problem(.internalError, "the customer was not stored"))
            }
            return .success(
                IdempotentWrite.Answer(
                    status: .created, location: "/api/v1/customers/\(PercentEncoding.encode(request.externalID))",
                    body: Self.response(row).body.bytes, subjectID: id.description))
        }
    }

    func list(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let page = try Page<CustomerID>(context.request)
        let key = context.key
        let rows = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(CustomerStatements.list, key.tenant + page.parameters)
        }
        return page.response(rows, id: { $0.id("id") }, Self.write)
    }

    func read(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let externalID = try context.request.parameter(0)
        let key = context.key
        let row = try await mysql.ask { connection throws(MySQLError) in
            try connection.query(CustomerStatements.read, key.tenant + ["external_id": .text(externalID)]).first
        }
        guard let row else { throw .notFound("customer") }
        return Self.response(row)
    }

    /// Changes a customer; an absent field stays unchanged, and null clears it.
    func change(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let externalID = try context.request.parameter(0)
        let request = try body.read(context.request, CustomerSchema.change) { reader in
            CustomerRequest(&reader, isNew: false)
        }
        let (key, now) = (context.key, context.now)
        let row: MySQLRow? = try await mysql.ask { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) -> MySQLRow? in
                let name = key.tenant + ["external_id": .text(externalID)]
                guard let old = try connection.query(CustomerStatements.lock, name).first else { return nil }
                let metadata = request.metadata.value(otherwise: old.optionalBytes("metadata"))
                try connection.update(
                    CustomerStatements.update,
                    [
                        "email": .optional(request.email.value(otherwise: old.optionalText("email"))),
                        "phone": .optional(request.phone.value(otherwise: old.optionalText("phone"))),
                        "name": .optional(request.name.value(otherwise: old.optionalText("name"))),
                        "metadata": .bytes(metadata ?? Array("{}".utf8)), "now": .time(now), "id": old["id"],
                    ])
                return try connection.query(CustomerStatements.read, name).first
            }
        }
        guard let row else { throw .notFound("customer") }
        return Self.response(row)
    }

    /// Erases a customer's data.
    func delete(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        guard try await eraser.erase(try context.request.parameter(0), context.key, at: context.now) else {
            throw .notFound("customer")
        }
        return HTTPResponse(.noContent)
    }

    // MARK: Rows

    private static func response(_ row: MySQLRow) -> HTTPResponse {
        .json { json in write(row, &json) }
    }

    private static func write(_ row: MySQLRow, _ json: inout JSONWriter) {
        json.field("id", row.text("id"))
        json.field("externalId", row.text("external_id"))
        json.field("email", row.optionalText("email"))
        json.field("phone", row.optionalText("phone"))
        json.field("name", row.optionalText("name"))
        json.key("metadata")
        json.raw(row.optionalBytes("metadata") ?? Array("{}".utf8))
        json.field("createdAt", row.time("created_at"))
        json.field("updatedAt", row.time("updated_at"))
    }
}
