internal import Foundation

/// The address and the credentials of a MySQL or MariaDB server.
package struct MySQLEndpoint: Hashable, Sendable {
    package enum TLS: Int32, Sendable {
        case disabled, required, verified
    }

    package var host: String
    package var port = 3_306
    package var socket: String?
    package var user: String
    package var password: String
    package var database: String
    package var tls = TLS.disabled
    package var tlsAuthorities: String?
    /// The name servers that resolve the host, as a list for c-ares; nil: those of the system.
    private(set) var nameServers: String?

    /// The same server, whose host these name servers resolve; an empty list: those of the system.
    package func resolved(by servers: String) -> MySQLEndpoint {
        var endpoint = self
        endpoint.nameServers = servers.isEmpty ? nil : servers
        return endpoint
    }

    /// Reads `mysql://user:password@host:port/database` or `mysql://user@localhost/database?socket=/path`.
    ///
    /// Options are `ssl-mode` (DISABLED, REQUIRED, VERIFY_IDENTITY; VERIFY_CA means the same) and `ssl-ca`.
    package init?(_ text: String) {
        guard let parts = URLComponents(string: text), ["mysql", "mariadb"].contains(parts.scheme),
            let host = parts.host, !host.isEmpty, let user = parts.percentEncodedUser?.removingPercentEncoding
        else { return nil }
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        self.user = user
        port = parts.port ?? 3_306
        password = parts.percentEncodedPassword?.removingPercentEncoding ?? ""
        database = String(parts.path.dropFirst())
        if database.isEmpty || database.contains("/") { return nil }
        for item in parts.queryItems ?? [] {
            guard let value = item.value, !value.isEmpty else { return nil }
            switch item.name {
            case "socket": socket = value
            case "ssl-ca": tlsAuthorities = value
            case "ssl-mode":
                switch value.uppercased() {
                case "DISABLED": tls = .disabled
                case "REQUIRED": tls = .required
                case "VERIFY_IDENTITY", "VERIFY_CA": tls = .verified
                default: return nil
                }
            default: return nil
            }
        }
    }
}
