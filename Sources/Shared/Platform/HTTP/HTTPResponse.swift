/// An answer.
///
/// Content-Length, Date and Connection are added when it is written.
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
    /// Ends the connection behind this answer.
    package var closes = false

    package init(_ status: HTTPStatus, body: [UInt8] = []) {
        self.status = status
        self.body = body
    }

    /// A response whose body has a media type.
    package init(_ status: HTTPStatus, type: StaticString, body: [UInt8]) {
        self.init(status, body: body)
        set("Content-Type", type.description)
    }

    /// Adds a field.
    ///
    /// A value with a control character would split the response, and loses that character.
    package mutating func set(_ name: StaticString, _ value: String) {
        var value = value
        let clean = value.withUTF8 { unsafe $0.allSatisfy(HTTPByte.isFieldValue) }
        let kept = clean ? value : String(decoding: value.utf8.filter(HTTPByte.isFieldValue), as: UTF8.self)
        fields.append(HeaderField(name, kept))
    }

    /// Shorter bodies are not worth compressing.
    package static let compressedBytesMin = 1_024

    /// Compresses a body of text that is worth it.
    package mutating func compress() {
        guard body.count > Self.compressedBytesMin, let type = self["Content-Type"],
            type.hasPrefix("application/") || type.hasPrefix("text/"), let packed = GzipHandle.compress(body)
        else { return }
        body = packed
        set("Content-Encoding", "gzip")
    }

    /// The value of a field, whose name is spelled as it was set.
    package subscript(_ name: StaticString) -> String? {
        fields.first { $0.name.hasBytes(of: name) }?.value
    }
}
