/// Header fields of a response, already encoded as lines.
package struct HTTPFieldLines: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Creates lines from bytes that `write` produces: `name: value`, CRLF, for each field.
    package init(capacity: Int, _ write: (inout ByteWriter) -> Void) {
        var lines = ByteWriter(capacity: capacity)
        write(&lines)
        bytes = lines.bytes
    }

    package var isEmpty: Bool { bytes.isEmpty }

    /// Appends a field.
    ///
    /// Control characters except tab are removed from the value, because they could split the response.
    package mutating func append(_ name: StaticString, _ value: String) {
        if bytes.isEmpty { bytes.reserveCapacity(448) }
        var value = value
        value.withUTF8 { value in
            let nameLength = name.utf8CodeUnitCount
            let most = nameLength + value.count + 4
            unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: most) { line in
                guard let start = line.baseAddress else { return }
                unsafe start.update(from: name.utf8Start, count: nameLength)
                unsafe start[nameLength] = HTTPByte.colon
                unsafe start[nameLength + 1] = HTTPByte.space
                var end = nameLength + 2
                if let text = value.baseAddress, unsafe !value.containsControl(or: 0x7f, 0x7f) {
                    unsafe (start + end).update(from: text, count: value.count)
                    end += value.count
                } else {
                    end = unsafe appendValid(value, to: start, at: end)
                }
                unsafe start[end] = HTTPByte.carriageReturn
                unsafe start[end + 1] = HTTPByte.lineFeed
                unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: end + 2))
            }
        }
    }

    /// Appends a field whose value has no control character.
    package mutating func append(_ name: StaticString, static value: StaticString) {
        if bytes.isEmpty { bytes.reserveCapacity(448) }
        append(name)
        append(": ")
        append(value)
        append("\r\n")
    }

    private mutating func append(_ text: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Copies the bytes that a value may have; returns the end.
    private func appendValid(
        _ value: UnsafeBufferPointer<UInt8>, to start: UnsafeMutablePointer<UInt8>, at first: Int
    ) -> Int {
        var end = first
        for index in value.indices where unsafe HTTPByte.isFieldValue(value[index]) {
            unsafe start[end] = value[index]
            end += 1
        }
        return end
    }

    package mutating func append(_ other: HTTPFieldLines) {
        bytes.append(contentsOf: other.bytes)
    }

    /// The value of the first field with this name, which must be spelled as in `append`.
    package subscript(_ name: StaticString) -> String? {
        for line in bytes.split(separator: HTTPByte.lineFeed) {
            let line = line.span
            guard line.hasPrefix(name) else { continue }
            let rest = line.extracting(name.utf8CodeUnitCount...)
            guard rest.count > 2, rest[0] == HTTPByte.colon else { continue }
            return rest.extracting(2..<rest.count - 1).text()
        }
        return nil
    }
}
