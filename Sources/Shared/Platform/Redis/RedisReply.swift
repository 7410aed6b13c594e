/// A reply of Redis.
package enum RedisReply: Hashable, Sendable {
    case null
    case integer(Int64)
    case status(String)
    case bulk([UInt8])
    case array([RedisReply])
    case error(RedisFault)

    package var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .bulk(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        case .null, .status, .array, .error: nil
        }
    }

    package var text: String? {
        switch self {
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        case .null, .integer, .array, .error: nil
        }
    }

    /// The bytes of a bulk reply; empty for any other.
    package var bytes: [UInt8] {
        if case .bulk(let bytes) = self { bytes } else { [] }
    }

    package var elements: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}

/// An error reply: its code, which is the first word, and its text.
package struct RedisFault: Hashable, Sendable {
    package let code: String
    package let message: String

    package init(_ text: String) {
        message = text
        code = String(text.prefix { $0 != " " })
    }
}
