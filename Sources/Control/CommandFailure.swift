internal import Platform

/// Why a command did not do its work.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ error: RedisError) {
        description = "Redis: \(error)"
    }

    init(_ error: MySQLError) {
        description = "\(error)"
    }
}
