/// The header fields of one request, as ranges of its bytes; text is decoded on access.
package struct HTTPHeaders: Sendable {
    struct HeaderField {
        /// nil: the name is not one that Drape reads.
        var known: HTTPFieldName?
        var name: Range<Int32>
        var value: Range<Int32>
    }

    private let bytes: [UInt8]
    private let fields: [HeaderField]
    /// One bit for each known name that is present.
    private let present: UInt32

    init(bytes: [UInt8] = [], fields: [HeaderField] = []) {
        self.bytes = bytes
        self.fields = fields
        var present: UInt32 = 0
        for field in fields {
            if let known = field.known { present |= 1 << UInt32(known.rawValue) }
        }
        self.present = present
    }

    package var count: Int { fields.count }

    /// Whether there is a field of this name.
    package func has(_ name: HTTPFieldName) -> Bool {
        present >> UInt32(name.rawValue) & 1 == 1
    }

    /// The value of the first field of this name; bytes that are not UTF-8 are replaced.
    package subscript(_ name: HTTPFieldName) -> String? {
        bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value of the first field of any name, which is compared without case.
    package subscript(text name: String) -> String? { all(text: name).first }

    /// The bytes of the value of the first field of this name.
    package func bytes(_ name: HTTPFieldName) -> ArraySlice<UInt8>? {
        guard has(name), let found = fields.first(where: { $0.known == name }) else { return nil }
        return value(found)
    }

    /// The values of all fields of this name, in order.
    package func all(_ name: HTTPFieldName) -> [String] {
        guard has(name) else { return [] }
        return fields.filter { $0.known == name }.map { String(decoding: value($0), as: UTF8.self) }
    }

    /// The values of all fields of any name, in order.
    package func all(text name: String) -> [String] {
        fields.filter { field in
            bytes[Int(field.name.lowerBound)..<Int(field.name.upperBound)].elementsEqual(name.utf8) {
                ASCII.lowercased($0) == ASCII.lowercased($1)
            }
        }.map { String(decoding: value($0), as: UTF8.self) }
    }

    /// How many fields have this name.
    package func count(of name: HTTPFieldName) -> Int {
        has(name) ? fields.count { $0.known == name } : 0
    }

    /// The members of a comma-separated list over all fields of this name, as bytes, their ASCII letters in lower case.
    ///
    /// It returns bytes because Swift compares text by canonical equivalence, in which the Kelvin sign equals K.
    func list(_ name: HTTPFieldName) -> [[UInt8]] {
        guard has(name) else { return [] }
        return fields.filter { $0.known == name }.flatMap { field in
            value(field)
                .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { part in
                    part.drop(while: ASCII.isBlank).reversed().drop(while: ASCII.isBlank).reversed()
                        .map(ASCII.lowercased)
                }
        }
    }

    /// Whether the client accepts gzip: its weight, or that of `*` if gzip is not listed, is above 0.
    ///
    /// Source: RFC 9110, section 12.5.3 and 12.4.2.
    package var acceptsGzip: Bool {
        let members = list(.acceptEncoding).map { $0.split(separator: UInt8(ascii: ";")) }
        guard
            let member = members.first(where: { $0.first?.elementsEqual("gzip".utf8) == true })
                ?? members.first(where: { $0.first?.elementsEqual("*".utf8) == true })
        else { return false }
        return !member.dropFirst().contains { part in
            let text = String(decoding: part, as: UTF8.self).filter { $0 != " " }
            return text.hasPrefix("q=") && Double(text.dropFirst(2)) ?? 0 <= 0
        }
    }

    private func value(_ field: HeaderField) -> ArraySlice<UInt8> {
        bytes[Int(field.value.lowerBound)..<Int(field.value.upperBound)]
    }
}
