/// A response.
///
/// Content-Length, Date and Connection are added when it is encoded.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    package var fields = HTTPFieldLines()
    package var body: HTTPResponseBody
    /// Closes the connection after this response.
    package var closes = false

    package init(_ status: HTTPStatus, body: HTTPResponseBody = .bytes([])) {
        self.status = status
        self.body = body
    }

    /// Creates a response with the media type of its body.
    package init(_ status: HTTPStatus, type: StaticString, body: [UInt8]) {
        self.init(status, body: .bytes(body))
        set("Content-Type", static: type)
    }

    /// Adds a field; see `HTTPFieldLines.append`.
    package mutating func set(_ name: StaticString, _ value: String) {
        fields.append(name, value)
    }

    /// Adds a field whose value has no control character.
    package mutating func set(_ name: StaticString, static value: StaticString) {
        fields.append(name, static: value)
    }

    /// Bodies up to this size, in bytes, are not compressed.
    package static let compressedBytesMin = 1_024

    /// Compresses the body with gzip if its type is `text/` or `application/` and it exceeds `compressedBytesMin`.
    package mutating func compress() {
        let plain = body.bytes
        guard plain.count > Self.compressedBytesMin, let type = self["Content-Type"],
            type.hasPrefix("application/") || type.hasPrefix("text/"), let packed = GzipHandle.compress(plain)
        else { return }
        body = .bytes(packed)
        set("Content-Encoding", "gzip")
    }

    /// The value of the first field with this name, which must be spelled as in `set`.
    package subscript(_ name: StaticString) -> String? { fields[name] }
}
