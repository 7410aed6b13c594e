/// Parses the requests of one connection into events, without I/O.
///
/// It is strict: it refuses input that two parsers could read as different requests. After an error the connection
/// must be closed.
///
/// Source: RFC 9112.
package struct HTTPRequestParser {
    /// A part of a request.
    package enum Event {
        case head(HTTPRequestHead)
        /// A piece of the body.
        case body([UInt8])
        /// The request is complete.
        case end
    }

    private enum State {
        case requestLine
        case fields
        case body(bytesLeft: Int)
        case chunked(HTTPChunkedDecoder)
        case end
    }

    private let limits: HTTPLimits
    private var state = State.requestLine
    private var input: [UInt8] = []
    /// Offsets in `input`: start of the current request, start of the current line, and how far its end was searched.
    private var start = 0
    private var lineStart = 0
    private var searched = 0
    private var requestLine = HTTPRequestLine()
    private var fields: [HTTPHeaders.HeaderField] = []
    private var fieldsStart = 0
    private var emptyLines = 0
    private static let emptyLinesMax = 2

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// The number of bytes that are not parsed yet.
    package var unreadBytes: Int { input.count - lineStart }

    /// Whether no byte of the next request has arrived.
    package var isBetweenRequests: Bool {
        if case .requestLine = state { unreadBytes == 0 } else { false }
    }

    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        input.append(contentsOf: bytes)
    }

    /// The next event, or nil if more bytes are needed.
    package mutating func next() throws(HTTPParseError) -> Event? {
        while true {
            switch state {
            case .requestLine:
                guard let line = try nextLine(bytesMax: limits.requestLineBytesMax, tooLong: .uriTooLong) else {
                    return nil
                }
                // Source: RFC 9112, section 2.2: an empty line before a request line is skipped.
                if line.isEmpty, emptyLines < Self.emptyLinesMax {
                    emptyLines += 1
                    start = lineStart
                    compact()
                    continue
                }
                emptyLines = 0
                requestLine = try HTTPRequestLine(parsing: input.span.extracting(line))
                fields.removeAll(keepingCapacity: true)
                fieldsStart = lineStart
                state = .fields
            case .fields:
                let bytesLeft = limits.fieldsBytesMax - (lineStart - fieldsStart)
                guard let line = try nextLine(bytesMax: bytesLeft, tooLong: .fieldsTooLarge) else { return nil }
                if line.isEmpty { return .head(try finishHead()) }
                try addField(line)
            case .body(let bytesLeft):
                let count = min(bytesLeft, input.count - lineStart)
                if count == 0 { return nil }
                let piece = Array(input[lineStart..<lineStart + count])
                consume(count)
                state = count == bytesLeft ? .end : .body(bytesLeft: bytesLeft - count)
                return .body(piece)
            case .chunked(var decoder):
                let (consumed, piece, isDone) = try decoder.decode(input[lineStart...])
                consume(consumed)
                state = isDone ? .end : .chunked(decoder)
                if !piece.isEmpty { return .body(piece) }
                if !isDone { return nil }
            case .end:
                start = lineStart
                compact()
                state = .requestLine
                return .end
            }
        }
    }

    /// The body and the end of the request, if the body has a Content-Length and all of it has arrived.
    package mutating func wholeBody(upTo bytesMax: Int) -> [UInt8]? {
        guard case .body(let count) = state, count <= bytesMax, count <= unreadBytes else { return nil }
        let body = Array(input[lineStart..<lineStart + count])
        consume(count)
        state = .requestLine
        return body
    }

    // MARK: Lines

    /// The next line without its CRLF, or nil if it is not complete.
    private mutating func nextLine(bytesMax: Int, tooLong: HTTPStatus) throws(HTTPParseError) -> Range<Int>? {
        guard let end = try Self.lineFeed(in: input.span, lineStart: lineStart, searchedTo: searched) else {
            searched = input.count
            if searched - lineStart > bytesMax + 1 { throw tooLongError(tooLong) }
            return nil
        }
        let line = lineStart..<end - 1
        if line.count > bytesMax { throw tooLongError(tooLong) }
        lineStart = end + 1
        searched = lineStart
        return line
    }

    /// The index of the line feed that ends the line at `lineStart`; nil if it has not arrived.
    ///
    /// A carriage return must precede the line feed and may not appear elsewhere in the line.
    private static func lineFeed(
        in bytes: borrowing Span<UInt8>, lineStart: Int, searchedTo: Int
    ) throws(HTTPParseError) -> Int? {
        let end = bytes.firstIndex(of: HTTPByte.lineFeed, in: searchedTo..<bytes.count)
        // The last byte that arrived may be the carriage return of the line's end.
        let unchecked = max(lineStart, searchedTo - 1)..<(end ?? bytes.count)
        let carriageReturn = bytes.firstIndex(of: HTTPByte.carriageReturn, in: unchecked)
        if let carriageReturn, carriageReturn + 1 < unchecked.upperBound {
            throw .malformed("a carriage return appears inside a line")
        }
        if end != nil, carriageReturn == nil {
            throw .malformed("a line ends in a line feed without a carriage return")
        }
        return end
    }

    private func tooLongError(_ status: HTTPStatus) -> HTTPParseError {
        if status == .uriTooLong {
            return HTTPParseError(status, "the request line is longer than \(limits.requestLineBytesMax) bytes")
        }
        return HTTPParseError(status, "the header section is longer than \(limits.fieldsBytesMax) bytes")
    }

    // MARK: Fields

    private mutating func addField(_ line: Range<Int>) throws(HTTPParseError) {
        if fields.count == limits.fieldsMax {
            throw HTTPParseError(.fieldsTooLarge, "a request has at most \(limits.fieldsMax) header fields")
        }
        let field = try HTTPFieldLine.parse(input.span, line)
        fields.append(
            HTTPHeaders.HeaderField(
                known: field.known,
                name: Int32(field.name.lowerBound - start)..<Int32(field.name.upperBound - start),
                value: Int32(field.value.lowerBound - start)..<Int32(field.value.upperBound - start)))
    }

    private mutating func finishHead() throws(HTTPParseError) -> HTTPRequestHead {
        let headers = HTTPHeaders(bytes: Array(input[start..<lineStart]), fields: fields)
        let head = try HTTPSemantics.head(requestLine, headers)
        switch head.framing {
        case .none, .length(0): state = .end
        case .length(let count): state = .body(bytesLeft: count)
        case .chunked: state = .chunked(HTTPChunkedDecoder(limits: limits))
        }
        return head
    }

    // MARK: Input

    private mutating func consume(_ count: Int) {
        lineStart += count
        searched = lineStart
        start = lineStart
        compact()
    }

    private mutating func compact() {
        if lineStart == input.count {
            input.removeAll(keepingCapacity: input.capacity <= 4_096)
        } else if lineStart >= 16_384 {
            input.removeFirst(lineStart)
        } else {
            return
        }
        start = 0
        lineStart = 0
        searched = 0
    }
}
