internal import Domain
internal import Platform

/// Copies a try-on's references (customer, photo, garments) from MariaDB to Redis, from which admission reads them.
final class ReferenceCache {
    static let lifetimeSeconds: Int64 = 3_600
    private let redis: RedisStore
    private let mysql: MySQLPool

    init(redis: RedisStore, mysql: MySQLPool) {
        self.redis = redis
        self.mysql = mysql
    }

    /// The hash of an external id; key names contain the hash, because clients choose the ids.
    static func hash(ofCustomer externalID: String) -> String { Digest.sha256(Array(externalID.utf8)).hexText }

    /// The index in `items` of the nth item that has a stored garment, counted from 1.
    static func itemIndex(_ job: TryOnJob, _ number: Int) -> Int {
        let indices = job.items.indices.filter { job.items[$0].garmentID != nil }
        return indices.indices.contains(number - 1) ? indices[number - 1] : 0
    }

    /// The refusal of a reference that is in neither store.
    static func unknown(_ job: TryOnJob, photo: PhotoID?, _ number: Int) -> Problem {
        if number > 0 {
            return refusal(.unknownReference, "/items/\(itemIndex(job, number))/garmentId", "there is no such garment")
        }
        return photo == nil
            ? refusal(.unknownReference, "/customerId", "there is no such customer")
            : refusal(.unknownReference, "/photoId", "there is no such photo of this customer")
    }

    private static func refusal(_ code: ProblemCode, _ pointer: String, _ message: String) -> Problem {
        var problem = Problem(code, "\(pointer): \(message)")
        problem.faults = [Problem.Fault(pointer: pointer, code: code.rawValue, message: message)]
        return problem
    }

    /// Copies all references of a try-on.
    /// - Returns: the refusal, if MariaDB does not have one of them.
    func fill(_ job: TryOnJob, photo: PhotoID?, key: APIKey) async throws(Problem) -> Problem? {
        let found = try await mysql.ask { connection throws(MySQLError) in
            try Found(job, photo: photo, key.tenant, connection)
        }
        if let problem = found.problem(job, photo) { return problem }
        let names = key.names
        do throws(RedisError) {
            if let photo {
                // NX: a photo's customer never changes, and a tombstone must not be replaced.
                try await set(names.photoPrefix + photo.description, found.customerValue ?? "", names, "NX")
            } else {
                guard let newest = found.customerValue.flatMap({ PhotoID($0) }) else { return nil }
                try await NewestPhotoScript(
                    newest, of: job.customerID, names, lifetimeSeconds: Self.lifetimeSeconds, wasJustStored: false
                ).run(redis)
            }
            for (id, category) in found.garments {
                // NX: a garment's category never changes, and a tombstone must not be replaced.
                try await set(names.garmentPrefix + id.description, category ?? "-", names, "NX")
            }
        } catch {
            throw Problem(redis: error)
        }
        return nil
    }

    private func set(
        _ name: String, _ value: String, _ names: TenantKeys, _ options: String...
    ) async throws(RedisError) {
        let command = RedisCommand(["SET", name, value, "EX", String(Self.lifetimeSeconds)] + options)
        _ = try await redis.send(command, to: names.slot)
    }

    /// The references of a try-on that exist in MariaDB.
    private struct Found: Sendable {
        var hasCustomer = false
        /// The newest photo; if the request names a photo, the hash of the external id of its customer.
        var customerValue: String?
        /// The garments that exist, with their categories.
        var garments: [(GarmentID, String?)] = []

        init(
            _ job: TryOnJob, photo: PhotoID?, _ tenant: MySQLParameters, _ connection: MySQLConnection
        ) throws(MySQLError) {
            let customer = try connection.query(
                ReferenceStatements.customer, tenant + ["external_id": .text(job.customerID)]
            ).first
            hasCustomer = customer != nil
            customerValue = customer?.optionalText("photo_id")
            if let photo {
                let owner = try connection.query(ReferenceStatements.photo, tenant + ["id": .id(photo)]).first
                let name = owner?.optionalText("external_id")
                customerValue = name == job.customerID ? name.map(ReferenceCache.hash(ofCustomer:)) : nil
            }
            for id in Set(job.items.compactMap(\.garmentID)) {
                if let row = try connection.query(ReferenceStatements.garment, tenant + ["id": .id(id)]).first {
                    garments.append((id, row.optionalText("category")))
                }
            }
        }

        func problem(_ job: TryOnJob, _ photo: PhotoID?) -> Problem? {
            if !hasCustomer { return ReferenceCache.unknown(job, photo: nil, 0) }
            if customerValue == nil {
                return photo == nil
                    ? ReferenceCache.refusal(.customerHasNoPhoto, "/customerId", "this customer has no photo")
                    : ReferenceCache.unknown(job, photo: photo, 0)
            }
            let known = Set(garments.map(\.0))
            let faults = job.items.enumerated().compactMap { index, item -> Problem.Fault? in
                guard let id = item.garmentID, !known.contains(id) else { return nil }
                return Problem.Fault(
                    pointer: "/items/\(index)/garmentId", code: ProblemCode.unknownReference.rawValue,
                    message: "there is no such garment")
            }
            if faults.isEmpty { return nil }
            var problem = Problem(
                .unknownReference, faults.map { "\($0.pointer): \($0.message)" }.joined(separator: "; "))
            problem.faults = faults
            return problem
        }
    }
}
