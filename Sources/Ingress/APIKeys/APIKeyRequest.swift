internal import Domain
internal import Platform

/// The body of a request that creates or changes an API key.
struct APIKeyRequest: Sendable {
    var name: String?
    /// Separated by spaces.
    var scopes: String?
    var environment: TenantEnvironment?
    var requestsPerMinute: Change<Int64>
    var expiresAt: Change<Timestamp>
    /// Separated by commas.
    var allowedAddresses: String?
    var isActive: Bool?

    /// Reads the body.
    init?(_ reader: inout ObjectReader, isNew: Bool) {
        if isNew {
            name = reader.read(APIKeySchema.newName)
            scopes = reader.read(APIKeySchema.newScopes)?.joined(separator: " ")
            environment = reader.read(APIKeySchema.environment)
        } else {
            name = reader.read(APIKeySchema.name)
            scopes = reader.read(APIKeySchema.scopes)?.joined(separator: " ")
            isActive = reader.read(APIKeySchema.isActive)
        }
        requestsPerMinute = reader.change(APIKeySchema.requestsPerMinute)
        expiresAt = reader.change(APIKeySchema.expiresAt)
        allowedAddresses = reader.read(APIKeySchema.allowedAddresses)?.joined(separator: ",")
    }
}
