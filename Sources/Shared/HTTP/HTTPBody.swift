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

    package init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }
}
