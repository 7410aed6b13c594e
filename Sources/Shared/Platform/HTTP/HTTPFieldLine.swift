/// One line of a header or trailer section.
enum HTTPFieldLine {
    /// The parts of a line.
    struct Parts {
        let name: Range<Int>
        /// The name, if Drape reads it.
        let known: HTTPFieldName?
        /// Without surrounding spaces and tabs.
        let value: Range<Int>
    }

    /// Reads the line at `line`.
    ///
    /// Source: RFC 9112, section 5: no whitespace between name and colon, and no line folding.
    static func parse(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) throws(HTTPParseError) -> Parts {
        let colon = bytes.firstIndex(of: HTTPByte.colon, in: line) ?? line.upperBound
        let name = line.lowerBound..<colon
        let known = HTTPFieldName(bytes.extracting(name))
        if known == nil || colon == line.upperBound { try checkName(bytes, line, name) }
        var low = colon + 1
        var high = line.upperBound
        while low < high, ASCII.isBlank(bytes[low]) { low += 1 }
        while high > low, ASCII.isBlank(bytes[high - 1]) { high -= 1 }
        let hasControl = unsafe bytes.extracting(low..<high).withUnsafeBufferPointer { value in
            unsafe value.containsControl(or: 0x7f, 0x7f) && !value.allSatisfy(HTTPByte.isFieldValue)
        }
        if hasControl { throw .malformed("a header value has a control character") }
        return Parts(name: name, known: known, value: low..<high)
    }

    private static func checkName(
        _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, _ name: Range<Int>
    ) throws(HTTPParseError) {
        var index = name.lowerBound
        while index < name.upperBound, HTTPByte.isToken(bytes[index]) { index += 1 }
        if index < name.upperBound || name.isEmpty || name.upperBound == line.upperBound {
            throw .malformed(explain(bytes, line, stoppedAt: index))
        }
    }

    private static func explain(
        _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, stoppedAt index: Int
    ) -> String {
        if index == line.lowerBound, index < line.upperBound, ASCII.isBlank(bytes[index]) {
            return "a header line is folded onto the one before it"
        }
        if index < line.upperBound, ASCII.isBlank(bytes[index]) {
            return "whitespace in or after a header name"
        }
        return "a header line is a name, a colon and a value"
    }
}
