internal import Shared

/// Copies what a try-on refers to from MariaDB into Redis, where admission looks.
final class ReferenceFiller {
    static let lifetimeSeconds: Int64 = 3_600
    private let redis: RedisConnection
    private let keys: RedisKeys
    private let mysql: MySQLPool
    private let gate: Gatekeeper

    init(redis: RedisConnection, keys: RedisKeys, mysql: MySQLPool, gate: Gatekeeper) {
        self.redis = redis
        self.keys = keys
        self.mysql = mysql
        self.gate = gate
    }

    /// Names are hashed, for they are a client's to choose.
    static func hash(ofCustomer externalID: String) -> String { Digest.sha256(Array(externalID.utf8)).hexText }

    /// The place in `items` of the nth item that names a stored garment, from 1 on.
    static func itemIndex(_ ticket: SessionTicket, _ number: Int) -> Int {
        let indices = ticket.items.indices.filter { ticket.items[$0].garmentID != nil }
        return indices.indices.contains(number - 1) ? indices[number - 1] : 0
    }

    /// A reference that is in neither store.
    static func unknown(_ ticket: SessionTicket, photo: PhotoID?, _ number: Int) -> Problem {
        let pointer =
            number > 0
            ? "/items/\(itemIndex(ticket, number))/garmentId" : photo == nil ? "/customerId" : "/photoId"
        return refusal(
            .unknownReference, pointer,
            "there is no such \(number > 0 ? "garment" : photo == nil ? "customer" : "photo of this customer")")
    }

    private static func refusal(_ code: ProblemCode, _ pointer: String, _ message: String) -> Problem {
        var problem = Problem(code, "\(pointer): \(message)")
        problem.faults = [Problem.Fault(pointer: pointer, code: code.rawValue, message: message)]
        return problem
    }

    /// Fills all references of a ticket.
    /// - Throws: the first that MariaDB does not have, behind counting the request.
    func fill(
        _ context: RequestContext, _ ticket: SessionTicket, photo: PhotoID?, key: APIKey
    ) async throws(Problem) {
        let found = try await mysql.ask { connection throws(MySQLError) in
            try Found(ticket, photo: photo, key.tenant, connection)
        }
        if let problem = found.problem(ticket, photo) {
            _ = try await gate.pass(context, .tryonsWrite)
            throw problem
        }
        let (organization, environment) = (ticket.organizationID, ticket.environment)
        if let photo {
            // A photo never changes its customer; where its erasure has left a mark, that stays.
            try await set(keys.photoReference(organization, environment, photo), found.customerValue ?? "", "NX")
        } else {
            try await offer(
                keys.customerReference(
                    organization, environment, externalIDHash: Self.hash(ofCustomer: ticket.customerID)),
                found.customerValue ?? "")
        }
        for (id, category) in found.garments {
            try await set(keys.garmentReference(organization, environment, id), category ?? "-")
        }
    }

    private func offer(_ name: String, _ photo: String) async throws(Problem) {
        do throws(RedisError) {
            _ = try await redis.run(NewestPhotoScript.script, keys: [name]) { command in
                command.append(photo)
                command.append(Self.lifetimeSeconds)
                command.append("0")
            }
        } catch {
            throw Problem(redis: error)
        }
    }

    private func set(_ name: String, _ value: String, _ options: String...) async throws(Problem) {
        do throws(RedisError) {
            _ = try await redis.send(
                RedisCommand(["SET", name, value, "EX", String(Self.lifetimeSeconds)] + options))
        } catch {
            throw Problem(redis: error)
        }
    }

    /// What MariaDB has of a ticket's references.
    private struct Found: Sendable {
        var hasCustomer = false
        /// The newest photo, or the hash of the name of the customer whom the named photo shows.
        var customerValue: String?
        /// The garments that exist, with their categories.
        var garments: [(GarmentID, String?)] = []

        init(
            _ ticket: SessionTicket, photo: PhotoID?, _ tenant: [MySQLValue], _ connection: MySQLConnection
        ) throws(MySQLError) {
            let customers = try connection.query(ReferenceStatements.customer, tenant + [.text(ticket.customerID)])
            hasCustomer = !customers.isEmpty
            customerValue = customers.first?.optionalText(1)
            if let photo {
                let owner = try connection.query(ReferenceStatements.photo, tenant + [.id(photo)]).first
                let name = owner?.optionalText(0)
                customerValue = name == ticket.customerID ? name.map(ReferenceFiller.hash(ofCustomer:)) : nil
            }
            for id in Set(ticket.items.compactMap(\.garmentID)) {
                if let row = try connection.query(ReferenceStatements.garment, tenant + [.id(id)]).first {
                    garments.append((id, row.optionalText(0)))
                }
            }
        }

        func problem(_ ticket: SessionTicket, _ photo: PhotoID?) -> Problem? {
            if !hasCustomer { return ReferenceFiller.unknown(ticket, photo: nil, 0) }
            if customerValue == nil {
                return photo == nil
                    ? ReferenceFiller.refusal(.customerHasNoPhoto, "/customerId", "this customer has no photo")
                    : ReferenceFiller.unknown(ticket, photo: photo, 0)
            }
            let known = Set(garments.map(\.0))
            let faults = ticket.items.enumerated().compactMap { index, item -> Problem.Fault? in
                guard let id = item.garmentID, !known.contains(id) else { return nil }
                return Problem.Fault(
                    pointer: "/items/\(index)/garmentId", code: ProblemCode.unknownReference.rawValue,
                    message: "there is no such garment")
            }
            if !faults.isEmpty {
                var problem = Problem(
                    .unknownReference, faults.map { "\($0.pointer): \($0.message)" }.joined(separator: "; "))
                problem.faults = faults
                return problem
            }
            return nil
        }
    }
}
