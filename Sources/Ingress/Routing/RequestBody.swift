internal import Shared

/// Takes JSON bodies apart.
final class RequestBody {
    static let bytesMax = 65_536
    private let parser = JSONParserHandle(bytesMax: RequestBody.bytesMax)

    /// Reads a body that must be one JSON object with known members, and reports all its faults together.
    func read<Value>(
        _ context: RequestContext, _ body: (inout BodyReader) -> Value?
    ) throws(Problem) -> Value {
        let document = try document(context)
        let faults = FaultList()
        if document.root.kind != .object {
            faults.add("/", "wrong_type", "must be an object")
            try faults.check()
        }
        var reader = BodyReader(document.root, faults: faults)
        let value = body(&reader)
        reader.refuseUnknown()
        try faults.check()
        guard let value else { preconditionFailure("a body without a value and without a fault") }
        return value
    }

    func document(_ context: RequestContext) throws(Problem) -> JSONDocument {
        let type = context.request.head.headers[.contentType]?.lowercased() ?? ""
        guard type.prefix(while: { $0 != ";" && $0 != " " }) == "application/json" else {
            throw Problem(.unsupportedMediaType, "the body must be application/json")
        }
        guard case .bytes(let bytes) = context.request.body, bytes.count <= Self.bytesMax else {
            throw Problem(.contentTooLarge, "a JSON body has at most \(Self.bytesMax) bytes")
        }
        do throws(JSONError) {
            return try parser.parse(bytes)
        } catch {
            throw Problem(.malformedJSON, "the body is not JSON: \(error.message)")
        }
    }
}
