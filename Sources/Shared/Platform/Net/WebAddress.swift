internal import Foundation

/// An absolute http or https URL that a client may ask the service to call.
package struct WebAddress: Hashable, Sendable {
    package enum Scheme: String, Sendable {
        case http, https
    }

    package let text: String
    package let scheme: Scheme
    /// A host name, or an IP address without brackets.
    package let host: String
    package let port: Int
    /// The URL without its query, which may have a secret.
    package let withoutQuery: String

    /// Reads a URL; nil if it has no host, has credentials or a fragment, or has bytes that are not valid in a URL.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let parts = URLComponents(string: text),
            let scheme = parts.scheme.flatMap({ Scheme(rawValue: $0.lowercased()) }), let host = parts.encodedHost,
            !host.isEmpty, parts.user == nil, parts.password == nil, parts.fragment == nil,
            // A port that is too long for a number is not nil to everybody.
            parts.port.map({ (1...65_535).contains($0) }) ?? (parts.rangeOfPort?.isEmpty != false)
        else { return nil }
        let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        // Brackets are for IPv6 addresses alone.
        guard bare == host || (host == "[\(bare)]" && bare.contains(":")) else { return nil }
        var shown = parts
        shown.query = nil
        withoutQuery = shown.string ?? ""
        self.text = text
        self.scheme = scheme
        self.host = bare
        port = parts.port ?? (scheme == .https ? 443 : 80)
    }
}
