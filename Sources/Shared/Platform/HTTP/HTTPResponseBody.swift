/// The body of a response.
package enum HTTPResponseBody: Sendable {
    case bytes([UInt8])
    /// Sent with sendfile, so a slow client holds no bytes of it in memory.
    case file(FilePart)
    /// Made while it is sent, in chunks.
    case stream(HTTPBodyStream)

    /// The bytes, if they are in memory; empty otherwise.
    package var bytes: [UInt8] {
        if case .bytes(let bytes) = self { bytes } else { [] }
    }

    /// Whether the body is written with the head.
    var isInOutput: Bool {
        if case .bytes = self { true } else { false }
    }

    /// Length in bytes; nil if it is not known before the end.
    var count: Int? {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(let part): part.range.count
        case .stream: nil
        }
    }
}

/// A body that is made piece by piece.
///
/// The next piece is asked for only after the one before was written to the socket, so a slow client slows down the
/// source, and one piece is in memory at a time.
package struct HTTPBodyStream: Sendable {
    package enum Piece: Sendable {
        case bytes([UInt8])
        case end
        /// The rest cannot be made: the connection is closed without the last chunk, which tells the client.
        case failed
    }

    package let next: @Sendable () async -> Piece
    /// Called on the connection's loop when the client has closed its side; the next piece should be the end.
    package let leave: @Sendable () -> Void

    package init(leave: @escaping @Sendable () -> Void = {}, next: @escaping @Sendable () async -> Piece) {
        self.next = next
        self.leave = leave
    }
}
