internal import Platform

/// The body of a request that creates a webhook.
struct WebhookRequest: Sendable {
    var url: String
    var events: [String]
    var description: String

    /// Reads the body.
    init?(_ reader: inout ObjectReader, rules: WebhookURLRules) {
        let url = reader.read(WebhookSchema.url)
        if let url, let fault = rules.fault(of: url) { reader.add(.invalidURL, fault, at: WebhookSchema.url) }
        events = reader.read(WebhookSchema.events) ?? []
        description = reader.read(WebhookSchema.description) ?? ""
        guard let url else { return nil }
        self.url = url
    }
}

/// The rules for webhook URLs.
struct WebhookURLRules: Sendable {
    let policy: AddressPolicy
    let allowsHTTP: Bool

    /// Why a URL is refused; nil if it is allowed.
    ///
    /// A host name is resolved and checked when it is connected to, because its addresses may change.
    func fault(of text: String) -> String? {
        guard let address = WebAddress(text) else { return "must be an https URL without user or fragment" }
        if address.scheme == .http, !allowsHTTP { return "must be an https URL" }
        if address.port != 443, address.port <= 1_023, !(address.scheme == .http && address.port == 80) {
            return "must be on port 443 or above 1023"
        }
        let isReserved = "must not lead to a private, loopback or reserved address"
        if let literal = SocketAddress(address.host) { return policy.permits(literal) ? nil : isReserved }
        let isNumeric = address.host.utf8.allSatisfy { ASCII.isDigit($0) || $0 == UInt8(ascii: ".") }
        if isNumeric || address.host.lowercased().hasPrefix("0x") {
            return "must have a host name, or an address in full"
        }
        if address.host.lowercased() == "localhost", !policy.permits(.loopback) { return isReserved }
        return nil
    }
}
