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
    /// Where its requests find things in Redis.
    var names: TenantKeys
    /// What the fields that tell of its limit say.
    var limitText: String
    var policyText: String

    func allows(_ scope: Scope) -> Bool {
        scopes.contains(.all) || scopes.contains(scope)
    }

    /// µs from one request to the next at the limit.
    var emissionIntervalUs: Int64 { 60_000_000 / Int64(requestsPerMinute) }

    /// The whole limit may come at once.
    var burstUs: Int64 { emissionIntervalUs * Int64(requestsPerMinute) }

    /// Reads a key by the hash of its text; nil where there is none.
    static func find(
        hash: String, _ keys: RedisKeys, _ connection: MySQLConnection
    ) throws(MySQLError) -> APIKey? {
        try connection.query(APIKeyStatements.find, [.text(hash)]).first.map { row in
            let addresses = AddressRange.list(row.text(5))
            let plan = Plan(rawValue: row.text(9)) ?? .free
            let (id, organizationID): (APIKeyID, OrganizationID) = (row.id(0), row.id(1))
            let environment = TenantEnvironment(rawValue: row.text(2)) ?? .test
            let requestsPerMinute = row.optionalInteger(4).map { Int($0) } ?? plan.requestsPerMinute
            return APIKey(
                id: id, organizationID: organizationID, environment: environment,
                scopes: Set(row.text(3).split(separator: " ").compactMap { Scope(rawValue: String($0)) }),
                requestsPerMinute: requestsPerMinute,
                allowedAddresses: addresses ?? [],
                // A list that cannot be read must not mean any address.
                isActive: row.boolean(6) && addresses != nil,
                expiresAt: row.optionalTime(7), authVersion: row.integer(8),
                names: TenantKeys(keys, organizationID, environment, key: id), limitText: String(requestsPerMinute),
                policyText: "\"key\";q=\(requestsPerMinute);w=60")
        }
    }
}

extension APIKey {
    /// The parameters that every statement of a tenant begins with: organisation and environment.
    var tenant: [MySQLValue] { [.id(organizationID), .text(environment.rawValue)] }
}
