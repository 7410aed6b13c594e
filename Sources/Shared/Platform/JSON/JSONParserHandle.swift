internal import CSimdJSON

/// Owns one simdjson parser.
///
/// It is used by one thread at a time, and reuses its buffers for every document.
@safe package struct JSONParserHandle: ~Copyable {
    private let parser: OpaquePointer
    private let bytesMax: Int

    /// - Parameters:
    ///   - bytesMax: the maximum length of a document in bytes.
    ///   - depthMax: the maximum nesting depth of arrays and objects.
    package init(bytesMax: Int, depthMax: Int = 32) {
        guard let parser = unsafe drape_json_parser_create(bytesMax, depthMax) else {
            preconditionFailure("no memory for a JSON parser")
        }
        unsafe self.parser = parser
        self.bytesMax = bytesMax
    }

    deinit {
        unsafe drape_json_parser_destroy(parser)
    }

    /// Parses a document and copies it out of the parser.
    package func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONDocument {
        if bytes.count > bytesMax { throw JSONError(message: "the document is longer than \(bytesMax) bytes") }
        var message: UnsafePointer<CChar>?
        if unsafe drape_json_parse(parser, bytes, bytes.count, &message) != 0 {
            throw JSONError(message: unsafe message.map { unsafe String(cString: $0) } ?? "not JSON")
        }
        var valueCount = 0
        var stringCount = 0
        let values = unsafe UnsafeBufferPointer(start: drape_json_values(parser, &valueCount), count: valueCount)
        let strings = unsafe UnsafeBufferPointer(start: drape_json_strings(parser, &stringCount), count: stringCount)
        // `JSONDocument.Value` has the layout of the shim's value, and the shim writes only kinds that exist.
        precondition(
            MemoryLayout<JSONDocument.Value>.stride == MemoryLayout<drape_json_value>.stride
                && MemoryLayout<JSONDocument.Value>.offset(of: \.payload)
                    == MemoryLayout<drape_json_value>.offset(of: \.payload)
                && MemoryLayout<JSONDocument.Value>.offset(of: \.count)
                    == MemoryLayout<drape_json_value>.offset(of: \.count)
        )
        return JSONDocument(
            values: unsafe values.withMemoryRebound(to: JSONDocument.Value.self) { unsafe Array($0) },
            strings: unsafe Array(strings))
    }
}
