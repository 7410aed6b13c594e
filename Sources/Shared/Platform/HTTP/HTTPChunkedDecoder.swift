/// Decodes a chunked body, without I/O.
///
/// Source: RFC 9112, section 7.1. Extensions are skipped; trailers are checked and dropped.
struct HTTPChunkedDecoder {
    private enum State {
        case size
        case data(bytesLeft: Int)
        case dataEnd
        case trailers(bytesLeft: Int)
    }

    private let limits: HTTPLimits
    private var state = State.size

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Decodes as much of the input as possible.
    /// - Returns: the number of bytes consumed, the body bytes in them, and whether the body is complete.
    mutating func decode(
        _ input: ArraySlice<UInt8>
    ) throws(HTTPParseError) -> (consumed: Int, piece: [UInt8], isDone: Bool) {
        var rest = input
        var piece: [UInt8] = []
        while true {
            switch state {
            case .size:
                guard let line = try takeLine(&rest, bytesMax: limits.chunkLineBytesMax) else {
                    return (rest.startIndex - input.startIndex, piece, false)
                }
                let size = try Self.size(line)
                state = size == 0 ? .trailers(bytesLeft: limits.trailersBytesMax) : .data(bytesLeft: size)
            case .data(let bytesLeft):
                let count = min(bytesLeft, rest.count)
                piece.append(contentsOf: rest.prefix(count))
                rest = rest.dropFirst(count)
                if count < bytesLeft {
                    state = .data(bytesLeft: bytesLeft - count)
                    return (rest.startIndex - input.startIndex, piece, false)
                }
                state = .dataEnd
            case .dataEnd:
                guard try takeDataEnd(&rest) else { return (rest.startIndex - input.startIndex, piece, false) }
                state = .size
            case .trailers(let bytesLeft):
                guard let line = try takeLine(&rest, bytesMax: bytesLeft) else {
                    return (rest.startIndex - input.startIndex, piece, false)
                }
                if line.isEmpty { return (rest.startIndex - input.startIndex, piece, true) }
                let bytes = Array(line)
                _ = try HTTPFieldLine.parse(bytes.span, bytes.indices)
                state = .trailers(bytesLeft: max(0, bytesLeft - line.count - 2))
            }
        }
    }

    private static func size(_ line: ArraySlice<UInt8>) throws(HTTPParseError) -> Int {
        var size = 0
        var digits = 0
        var rest = line
        while let byte = rest.first, let value = ASCII.hexValue(byte) {
            size = size << 4 | Int(value)
            digits += 1
            if digits > 15 { throw .malformed("a chunk's size has at most 15 digits") }
            rest = rest.dropFirst()
        }
        guard digits > 0 else { throw .malformed("a chunk's size is hexadecimal") }
        if let first = rest.first, first != UInt8(ascii: ";") {
            throw .malformed("a chunk's size is followed by a semicolon or the end of the line")
        }
        guard rest.allSatisfy(HTTPByte.isFieldValue) else {
            throw .malformed("a chunk's extension has a control character")
        }
        return size
    }

    private func takeDataEnd(_ rest: inout ArraySlice<UInt8>) throws(HTTPParseError) -> Bool {
        let end: [UInt8] = [HTTPByte.carriageReturn, HTTPByte.lineFeed]
        guard rest.starts(with: end.prefix(rest.count)) else {
            throw .malformed("a chunk is not followed by the end of its line")
        }
        if rest.count < 2 { return false }
        rest = rest.dropFirst(2)
        return true
    }

    private func takeLine(
        _ rest: inout ArraySlice<UInt8>, bytesMax: Int
    ) throws(HTTPParseError) -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(where: { $0 == HTTPByte.lineFeed || $0 == HTTPByte.carriageReturn }) else {
            if rest.count > bytesMax { throw .malformed("a chunk's line is longer than \(bytesMax) bytes") }
            return nil
        }
        if end - rest.startIndex > bytesMax { throw .malformed("a chunk's line is longer than \(bytesMax) bytes") }
        guard rest[end] == HTTPByte.carriageReturn else { throw .malformed("a chunk's line ends in a bare line feed") }
        guard end + 1 < rest.endIndex else { return nil }
        guard rest[end + 1] == HTTPByte.lineFeed else {
            throw .malformed("a carriage return appears inside a chunk's line")
        }
        let line = rest[rest.startIndex..<end]
        rest = rest[(end + 2)...]
        return line
    }
}
