internal import Shared

/// What a client wants a key to be.
struct APIKeyDraft: Sendable {
    var name: String?
    var scopesText: String?
    var environment: TenantEnvironment?
    var requestsPerMinute: Change<Int64>
    var expiresAt: Change<Timestamp>
    var addressesText: String?
    var isActive: Bool?

    /// Reads a new key, or a change of one; faults go to the reader.
    init?(_ reader: inout BodyReader, isNew: Bool, now: Timestamp) {
        name = reader.string("name", 1...100, isRequired: isNew)
        scopesText = Self.scopes(&reader, isRequired: isNew)
        if isNew {
            environment = reader.choice("environment", isRequired: true)
        } else {
            isActive = reader.boolean("isActive")
        }
        requestsPerMinute =
            reader.has("rateLimitPerMinute") ? .set(reader.integer("rateLimitPerMinute", 1...600_000)) : .keep
        expiresAt = reader.has("expiresAt") ? .set(reader.time("expiresAt")) : .keep
        addressesText = Self.addresses(&reader)
    }

    private static func scopes(_ reader: inout BodyReader, isRequired: Bool) -> String? {
        guard let nodes = reader.elements("scopes", 1...Scope.allCases.count, isRequired: isRequired) else {
            return nil
        }
        var scopes: [String] = []
        for (index, node) in nodes.enumerated() {
            let scope: Scope? = reader.choice(node, at: "\(reader.path("scopes"))/\(index)")
            if let scope, !scopes.contains(scope.rawValue) { scopes.append(scope.rawValue) }
        }
        return scopes.joined(separator: " ")
    }

    private static func addresses(_ reader: inout BodyReader) -> String? {
        guard let nodes = reader.elements("allowedIps", 0...40) else { return nil }
        var ranges: [String] = []
        for (index, node) in nodes.enumerated() {
            guard let text = node.string, let range = AddressRange(text) else {
                reader.faults.add(
                    "\(reader.path("allowedIps"))/\(index)", "invalid_address",
                    "must be an address or a range, such as 192.0.2.7 or 2001:db8::/32")
                continue
            }
            ranges.append(range.description)
        }
        return ranges.joined(separator: ",")
    }
}
