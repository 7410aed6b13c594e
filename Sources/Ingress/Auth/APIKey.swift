internal import Domain
internal import Platform

/// An API key with the data of its organisation that the ingress needs, as last read from MariaDB.
final class APIKey: Sendable {
    let id: APIKeyID
    let organizationID: OrganizationID
    let environment: TenantEnvironment
    let requestsPerMinute: Int
    let isActive: Bool
    let expiresAt: Timestamp?
    /// The organisation's authorisation version when this was read.
    let authVersion: Int64
    /// The names of the Redis keys that its requests use.
    let names: TenantKeys
    /// `X-RateLimit-Limit` and `RateLimit-Policy`.
    let limitFields: HTTPFieldLines
    private let scopes: Set<Scope>
    private let allowedAddresses: [AddressRange]

    /// Reads a row of `APIKeyStatements.find`.
    init(_ row: MySQLRow, _ keys: RedisKeys) {
        let addresses = AddressRange.list(row.text("allowed_ips"))
        let plan = Plan(rawValue: row.text("plan")) ?? .free
        id = row.id("id")
        organizationID = row.id("organization_id")
        environment = TenantEnvironment(rawValue: row.text("environment")) ?? .test
        requestsPerMinute = row.optionalInteger("rate_limit_per_minute").map { Int($0) } ?? plan.requestsPerMinute
        // An empty list allows every address, so a malformed one must disable the key.
        isActive = row.boolean("is_active") && addresses != nil
        expiresAt = row.optionalTime("expires_at")
        authVersion = row.integer("auth_version")
        scopes = Set(row.text("scopes").split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        allowedAddresses = addresses ?? []
        var limitFields = HTTPFieldLines()
        limitFields.append("X-RateLimit-Limit", String(requestsPerMinute))
        limitFields.append("RateLimit-Policy", "\"key\";q=\(requestsPerMinute);w=60")
        self.limitFields = limitFields
        names = TenantKeys(
            keys, organizationID, environment, key: id, authVersion: authVersion,
            requestsPerMinute: requestsPerMinute)
    }

    /// Reads a key by the hash of its text; nil if there is none.
    static func find(hash: String, _ keys: RedisKeys, _ connection: MySQLConnection) throws(MySQLError) -> APIKey? {
        try connection.query(APIKeyStatements.find, [.text(hash)]).first.map { APIKey($0, keys) }
    }

    /// Why the key is not valid; nil if it is.
    func validityProblem(at now: Timestamp) -> Problem? {
        if !isActive { return Problem(.keyDisabled, "this API key is disabled") }
        if let expiresAt, expiresAt <= now { return Problem(.keyExpired, "this API key expired at \(expiresAt)") }
        return nil
    }

    /// Why the key is not authorized for the scope or the client's address; nil if it is.
    func authorizationProblem(_ scope: Scope, from client: @autoclosure () -> SocketAddress) -> Problem? {
        if !allowedAddresses.isEmpty {
            let address = client()
            if !allowedAddresses.contains(where: { $0.contains(address) }) {
                return Problem(.ipNotAllowed, "this API key may not be used from \(address)")
            }
        }
        if scopes.contains(.all) || scopes.contains(scope) { return nil }
        return Problem(.insufficientScope, "this API key lacks the scope \(scope.rawValue)")
    }

    /// The parameters that every statement on a tenant's data has.
    var tenant: MySQLParameters {
        ["organization": .id(organizationID), "environment": .text(environment.rawValue)]
    }
}
