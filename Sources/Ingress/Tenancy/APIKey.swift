internal import Shared

/// A key and what the ingress needs to know of its organisation, as MariaDB last said.
struct APIKey: Sendable {
    var id: APIKeyID
    var organizationID: OrganizationID
    var environment: TenantEnvironment
    var scopes: Set<Scope>
    var requestsPerMinute: Int
    var allowedAddresses: [AddressRange]
    var isActive: Bool
    var expiresAt: Timestamp?
    var authVersion: Int64

    func allows(_ scope: Scope) -> Bool {
        scopes.contains(.all) || scopes.contains(scope)
    }

    /// µs from one request to the next at the limit.
    var emissionIntervalUs: Int64 { 60_000_000 / Int64(requestsPerMinute) }

    /// The whole limit may come at once.
    var burstUs: Int64 { emissionIntervalUs * Int64(requestsPerMinute) }

    /// Reads a key by the hash of its text; nil where there is none.
    static func find(hash: String, _ connection: MySQLConnection) throws(MySQLError) -> APIKey? {
        try connection.query(APIKeyStatements.find, [.text(hash)]).first.map { row in
            let addresses = AddressRange.list(row.text(5))
            let plan = Plan(rawValue: row.text(9)) ?? .free
            return APIKey(
                id: row.id(0), organizationID: row.id(1),
                environment: TenantEnvironment(rawValue: row.text(2)) ?? .test,
                scopes: Set(row.text(3).split(separator: " ").compactMap { Scope(rawValue: String($0)) }),
                requestsPerMinute: row.optionalInteger(4).map { Int($0) } ?? plan.requestsPerMinute,
                allowedAddresses: addresses ?? [],
                // A list that cannot be read must not mean any address.
                isActive: row.boolean(6) && addresses != nil,
                expiresAt: row.optionalTime(7), authVersion: row.integer(8))
        }
    }
}

extension APIKey {
    /// The parameters that every statement of a tenant begins with: organisation and environment.
    var tenant: [MySQLValue] { [.id(organizationID), .text(environment.rawValue)] }
}
