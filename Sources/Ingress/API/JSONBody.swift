internal import Platform

/// Reads JSON bodies by their schemas; one instance for each event loop.
final class JSONBody {
    static let bytesMax = 65_536
    private let parser = JSONParserHandle(bytesMax: JSONBody.bytesMax)

    /// Reads a body that must be one JSON object, and reports all its faults together.
    func read<Value>(
        _ context: RequestContext, _ schema: ObjectSchema, _ read: (inout ObjectReader) -> Value?
    ) throws(Problem) -> Value {
        let document = try parse(context)
        let faults = FaultList()
        var reader = ObjectReader(document.root, schema, faults: faults)
        let value = reader.isObject ? read(&reader) : nil
        reader.finish()
        try faults.check()
        guard let value else { preconditionFailure("a body without a value and without a fault") }
        return value
    }

    private func parse(_ context: RequestContext) throws(Problem) -> JSONDocument {
        guard Self.isJSON(context.head.headers.bytes(.contentType)) else {
            throw Problem(.unsupportedMediaType, "the body must be application/json")
        }
        guard case .bytes(let bytes) = context.body, bytes.count <= Self.bytesMax else {
            throw Problem(.contentTooLarge, "a JSON body has at most \(Self.bytesMax) bytes")
        }
        do throws(JSONError) {
            return try parser.parse(bytes)
        } catch {
            throw Problem(.malformedJSON, "the body is not JSON: \(error.message)")
        }
    }

    /// `application/json` in any case, with or without parameters.
    private static func isJSON(_ type: ArraySlice<UInt8>?) -> Bool {
        let expected: StaticString = "application/json"
        guard let type = type?.span, type.hasPrefix(expected, withoutCase: true) else { return false }
        if type.count == expected.utf8CodeUnitCount { return true }
        let next = type[expected.utf8CodeUnitCount]
        return next == UInt8(ascii: ";") || next == UInt8(ascii: " ")
    }
}
