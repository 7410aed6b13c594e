/// The name of a header field, compared without case.
package struct HTTPFieldName: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    let lowercasedBytes: [UInt8]

    package init(_ name: String) {
        description = name
        lowercasedBytes = name.utf8.map(ASCII.lowercased)
    }

    package static let host = HTTPFieldName("Host")
    package static let contentLength = HTTPFieldName("Content-Length")
    package static let contentType = HTTPFieldName("Content-Type")
    package static let transferEncoding = HTTPFieldName("Transfer-Encoding")
    package static let connection = HTTPFieldName("Connection")
    package static let expect = HTTPFieldName("Expect")
    package static let requestID = HTTPFieldName("X-Request-Id")
    package static let traceparent = HTTPFieldName("traceparent")
    package static let acceptEncoding = HTTPFieldName("Accept-Encoding")
    package static let authorization = HTTPFieldName("Authorization")
    package static let apiKey = HTTPFieldName("X-API-Key")
    package static let idempotencyKey = HTTPFieldName("Idempotency-Key")
    package static let forwardedFor = HTTPFieldName("X-Forwarded-For")
    package static let forwardedProto = HTTPFieldName("X-Forwarded-Proto")
}

/// The header fields of one request, as ranges of its bytes; text is decoded on access.
package struct HTTPHeaders: Sendable {
    struct HeaderField {
        var name: Range<Int32>
        var value: Range<Int32>
    }

    private let bytes: [UInt8]
    private let fields: [HeaderField]

    init(bytes: [UInt8] = [], fields: [HeaderField] = []) {
        self.bytes = bytes
        self.fields = fields
    }

    package var count: Int { fields.count }

    /// The value of the first field of this name; bytes that are not UTF-8 are replaced.
    package subscript(_ name: HTTPFieldName) -> String? {
        guard let found = fields.first(where: { matches($0, name) }) else { return nil }
        return text(found)
    }

    /// The bytes of the value of the first field of this name.
    package func bytes(_ name: HTTPFieldName) -> ArraySlice<UInt8>? {
        guard let found = fields.first(where: { matches($0, name) }) else { return nil }
        return bytes[Int(found.value.lowerBound)..<Int(found.value.upperBound)]
    }

    /// The values of all fields of this name, in order.
    package func all(_ name: HTTPFieldName) -> [String] {
        fields.filter { matches($0, name) }.map(text)
    }

    /// How many fields have this name.
    package func count(of name: HTTPFieldName) -> Int {
        fields.count { matches($0, name) }
    }

    /// The members of a comma-separated list over all fields of this name, as bytes, their ASCII letters in lower case.
    ///
    /// It returns bytes because Swift compares text by canonical equivalence, in which the Kelvin sign equals K.
    func list(_ name: HTTPFieldName) -> [[UInt8]] {
        fields.filter { matches($0, name) }.flatMap { field in
            bytes[Int(field.value.lowerBound)..<Int(field.value.upperBound)]
                .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { part in
                    part.drop(while: ASCII.isBlank).reversed().drop(while: ASCII.isBlank).reversed()
                        .map(ASCII.lowercased)
                }
        }
    }

    /// Whether the client accepts gzip: `gzip` or `*` is listed without a weight that begins with `q=0`.
    ///
    /// Source: RFC 9110, section 12.5.3.
    package var acceptsGzip: Bool {
        list(.acceptEncoding).contains { member in
            let parts = member.split(separator: UInt8(ascii: ";"))
            guard let coding = parts.first, coding.elementsEqual("gzip".utf8) || coding.elementsEqual("*".utf8) else {
                return false
            }
            return !parts.dropFirst().contains {
                String(decoding: $0, as: UTF8.self).filter { $0 != " " }.hasPrefix("q=0")
            }
        }
    }

    private func text(_ field: HeaderField) -> String {
        String(decoding: bytes[Int(field.value.lowerBound)..<Int(field.value.upperBound)], as: UTF8.self)
    }

    private func matches(_ field: HeaderField, _ name: HTTPFieldName) -> Bool {
        let wanted = name.lowercasedBytes
        guard field.name.count == wanted.count else { return false }
        let start = Int(field.name.lowerBound)
        // Names of the same length mostly differ in their last byte.
        for offset in wanted.indices.reversed() where ASCII.lowercased(bytes[start + offset]) != wanted[offset] {
            return false
        }
        return true
    }
}
