internal import Domain
internal import Platform

/// An API key as a client describes it.
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

    /// Reads a new key, or a change of one.
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
