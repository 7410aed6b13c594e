internal import Domain
internal import Platform

/// The fields of an API key.
enum APIKeySchema {
    static let name = Field<String>.string("name", 1...100, "What the key is for.", example: "\"shop backend\"")
    static let newName = Field<String>.string(
        "name", 1...100, isRequired: true, "What the key is for.", example: "\"shop backend\"")
    static let scopes = scopes(isRequired: false)
    static let newScopes = scopes(isRequired: true)
    static let environment = Field<TenantEnvironment>.choice(
        "environment", isRequired: true, "Test keys cost no credits, and never meet live data.", example: "\"live\"")
    static let requestsPerMinute = Field<Int64>.integer(
        "rateLimitPerMinute", 1...600_000, isNullable: true, "The key's own rate limit; null: that of the plan.",
        example: "600")
    static let expiresAt = Field<Timestamp>.time("expiresAt", isNullable: true, "When the key stops working.")
    static let allowedAddresses = Field<[String]>.array(
        "allowedIps", of: .string(1...64, format: .ipRange), count: 0...40,
        "Addresses and ranges that may use the key; none: any.", example: #"["192.0.2.0/24"]"#
    ) { node in
        guard let range = node.string.flatMap({ AddressRange($0) }) else {
            return .failure(
                ArrayElementFault(
                    code: .invalidAddress,
                    message: "must be an address or a range, such as 192.0.2.7 or 2001:db8::/32"))
        }
        return .success(range.description)
    }
    static let isActive = Field<Bool>.boolean("isActive", "Whether the key may be used.", example: "true")

    private static func scopes(isRequired: Bool) -> Field<[String]> {
        let all = Scope.allCases.map(\.rawValue)
        return .array(
            "scopes", of: .choice(all), count: 1...all.count, isRequired: isRequired, "What the key may do.",
            example: #"["tryons:write","tryons:read"]"#
        ) { node in
            guard let text = node.string else {
                return .failure(ArrayElementFault(code: .wrongType, message: "must be a string"))
            }
            if Scope(rawValue: text) != nil { return .success(text) }
            return .failure(
                ArrayElementFault(code: .notAllowed, message: "must be one of \(all.joined(separator: ", "))"))
        }
    }

    static let create = ObjectSchema(
        "APIKeyCreate",
        [
            newName.schema, newScopes.schema, environment.schema, requestsPerMinute.schema, expiresAt.schema,
            allowedAddresses.schema,
        ])
    static let change = ObjectSchema(
        "APIKeyChange",
        [
            name.schema, scopes.schema, isActive.schema, requestsPerMinute.schema, expiresAt.schema,
            allowedAddresses.schema,
        ])
    private static let fields = [
        FieldSchema.id("id", APIKeyID.self, "The key's id."), environment.schema.inResponse,
        .text("prefix", "The part of the key that may be shown.", example: "\"drape_live_Ab3dEf9h\""),
        name.schema.inResponse,
        scopes.schema.inResponse, requestsPerMinute.schema.inResponse, allowedAddresses.schema.inResponse,
        isActive.schema.inResponse, .time("lastUsedAt", isNullable: true, "When it was last used, about."),
        expiresAt.schema.inResponse, .createdAt,
    ]
    static let view = ObjectSchema("APIKey", fields)
    static let created = ObjectSchema(
        "APIKeyCreated",
        fields + [.text("key", "The key itself: only this response shows it.", example: "\"drape_live_…\"")])
}
