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
        var value = value
        value.withUTF8 { value in
            if unsafe value.containsControl(or: 0x7f, 0x7f) {
                let valid = unsafe value.filter(HTTPByte.isFieldValue)
                unsafe valid.withUnsafeBufferPointer { unsafe append(name, bytes: $0) }
            } else {
                unsafe append(name, bytes: value)
            }
        }
    }

    /// Appends a field whose value has no control character.
    package mutating func append(_ name: StaticString, static value: StaticString) {
        unsafe append(
            name, bytes: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// Appends a field whose value is a path and an id.
    package mutating func append(_ name: StaticString, path: StaticString, _ id: some Identity) {
        var value = ByteWriter(capacity: 128)
        value.append(static: path)
        value.append(id)
        unsafe value.withBytes { unsafe append(name, bytes: $0) }
    }

    private mutating func append(_ name: StaticString, bytes value: UnsafeBufferPointer<UInt8>) {
        if bytes.isEmpty { bytes.reserveCapacity(448) }
        let nameLength = name.utf8CodeUnitCount
        let length = nameLength + value.count + 4
        // Built apart, because each append to the array checks its uniqueness and its capacity.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { line in
            guard let start = line.baseAddress else { return }
            unsafe start.update(from: name.utf8Start, count: nameLength)
            unsafe start[nameLength] = HTTPByte.colon
            unsafe start[nameLength + 1] = HTTPByte.space
            if let text = value.baseAddress {
                unsafe (start + nameLength + 2).update(from: text, count: value.count)
            }
            unsafe start[length - 2] = HTTPByte.carriageReturn
            unsafe start[length - 1] = HTTPByte.lineFeed
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(line))
        }
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
