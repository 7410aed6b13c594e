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

    /// Reads a URL; nil if it has no host, has credentials or a fragment, or has bytes that are not valid in a URL.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let parts = URLComponents(string: text),
            let scheme = parts.scheme.flatMap({ Scheme(rawValue: $0.lowercased()) }), let host = parts.encodedHost,
            !host.isEmpty, parts.user == nil, parts.password == nil, parts.fragment == nil,
            parts.port.map({ (1...65_535).contains($0) }) ?? true
        else { return nil }
        self.text = text
        self.scheme = scheme
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        port = parts.port ?? (scheme == .https ? 443 : 80)
    }
}
