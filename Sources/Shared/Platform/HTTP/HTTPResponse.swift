/// A response.
///
/// Content-Length, Date and Connection are added when it is encoded.
package struct HTTPResponse: Sendable {
    package struct HeaderField: Sendable {
        package let name: StaticString
        package let value: String

        package init(_ name: StaticString, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var status: HTTPStatus
    package private(set) var fields: [HeaderField] = []
    package var body: [UInt8]
    /// Closes the connection after this response.
    package var closes = false

    package init(_ status: HTTPStatus, body: [UInt8] = []) {
        self.status = status
        self.body = body
    }

    /// Creates a response with the media type of its body.
    package init(_ status: HTTPStatus, type: StaticString, body: [UInt8]) {
        self.init(status, body: body)
        set("Content-Type", type.description)
    }

    /// Adds a field.
    ///
    /// Control characters except tab are removed from the value, because they could split the response.
    package mutating func set(_ name: StaticString, _ value: String) {
        var value = value
        let clean = value.withUTF8 { unsafe $0.allSatisfy(HTTPByte.isFieldValue) }
        let kept = clean ? value : String(decoding: value.utf8.filter(HTTPByte.isFieldValue), as: UTF8.self)
        fields.append(HeaderField(name, kept))
    }

    /// Bodies up to this size, in bytes, are not compressed.
    package static let compressedBytesMin = 1_024

    /// Compresses the body with gzip if its type is `text/` or `application/` and it exceeds `compressedBytesMin`.
    package mutating func compress() {
        guard body.count > Self.compressedBytesMin, let type = self["Content-Type"],
            type.hasPrefix("application/") || type.hasPrefix("text/"), let packed = GzipHandle.compress(body)
        else { return }
        body = packed
        set("Content-Encoding", "gzip")
    }

    /// The value of the first field with this name, which must be spelled as in `set`.
    package subscript(_ name: StaticString) -> String? {
        fields.first { $0.name.hasBytes(of: name) }?.value
    }
}
