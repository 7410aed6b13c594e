/// The body of a request: in memory, or in a file if it is large.
package enum HTTPBody {
    case bytes([UInt8])
    case file(HTTPBodySpool)

    package var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(let spool): spool.count
        }
    }
}

/// The body that a route accepts.
package struct HTTPBodyPolicy: Sendable {
    package var bytesMax: Int
    /// Whether a request with `Expect: 100-continue` is answered with 100 (Continue).
    package var acceptsBody: Bool

    package init(bytesMax: Int, acceptsBody: Bool = true) {
        self.bytesMax = bytesMax
        self.acceptsBody = acceptsBody
    }
}
