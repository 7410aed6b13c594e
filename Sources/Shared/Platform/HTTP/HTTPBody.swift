/// The body of a request: in memory, or in a file where it is large.
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

/// What a route takes of a body.
package struct HTTPBodyPolicy: Sendable {
    package var bytesMax: Int
    /// Whether a client that asks before it sends is told to send.
    package var isWanted: Bool

    package init(bytesMax: Int, isWanted: Bool = true) {
        self.bytesMax = bytesMax
        self.isWanted = isWanted
    }
}
