/// One line of a header or trailer section.
enum HTTPFieldLine {
    /// The name and the value, without surrounding spaces and tabs, of the line at `line`.
    ///
    /// Source: RFC 9112, section 5: no whitespace between name and colon, and no line folding.
    static func parse(
        _ bytes: borrowing Span<UInt8>, _ line: Range<Int>
    ) throws(HTTPParseError) -> (name: Range<Int>, value: Range<Int>) {
        var index = line.lowerBound
        while index < line.upperBound, HTTPByte.isToken(bytes[index]) { index += 1 }
        let name = line.lowerBound..<index
        guard index < line.upperBound, bytes[index] == HTTPByte.colon, !name.isEmpty else {
            throw .malformed(explain(bytes, line, stoppedAt: index))
        }
        var low = index + 1
        var high = line.upperBound
        while low < high, ASCII.isBlank(bytes[low]) { low += 1 }
        while high > low, ASCII.isBlank(bytes[high - 1]) { high -= 1 }
        let hasControl = unsafe bytes.extracting(low..<high).withUnsafeBufferPointer { value in
            unsafe value.containsControl(or: 0x7f, 0x7f) && !value.allSatisfy(HTTPByte.isFieldValue)
        }
        if hasControl { throw .malformed("a header value has a control character") }
        return (name, low..<high)
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
