internal import Foundation

/// The address and the credentials of a Redis server.
package struct RedisEndpoint: Hashable, Sendable {
    package enum Address: Hashable, Sendable {
        case unixSocket(String)
        case tcp(host: String, port: Int)
    }

    package var address: Address
    package var user: String?
    package var password: String?
    package var database = 0

    /// Reads `redis://[user:password@]host[:port][/database]` or `unix://[user:password@]/path[?db=n]`.
    package init?(_ text: String) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme else { return nil }
        user = parts.percentEncodedUser.flatMap(\.removingPercentEncoding).flatMap { $0.isEmpty ? nil : $0 }
        password = parts.percentEncodedPassword.flatMap(\.removingPercentEncoding)
        switch scheme {
        case "unix", "redis+socket":
            guard parts.path.hasPrefix("/") else { return nil }
            address = .unixSocket(parts.path)
            if let number = parts.queryItems?.first(where: { $0.name == "db" })?.value {
                guard let database = Int(number), (0...1_023).contains(database) else { return nil }
                self.database = database
            }
        case "redis":
            guard let host = parts.host, !host.isEmpty else { return nil }
            address = .tcp(
                host: host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port: parts.port ?? 6_379)
            let path = parts.path.dropFirst()
            if !path.isEmpty {
                guard let database = Int(path), (0...1_023).contains(database) else { return nil }
                self.database = database
            }
        default: return nil
        }
    }

    /// The first commands of a connection: authentication, the database, and a command that must succeed.
    var greeting: [[String]] {
        var commands: [[String]] = []
        if let password { commands.append(["AUTH"] + (user.map { [$0] } ?? []) + [password]) }
        if database != 0 { commands.append(["SELECT", String(database)]) }
        return commands + [["PING"]]
    }
}
