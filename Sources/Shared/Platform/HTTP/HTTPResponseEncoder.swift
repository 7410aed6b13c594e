/// Encodes responses.
struct HTTPResponseEncoder {
    /// Complete header lines of every response.
    private let defaultFields: [UInt8]
    private var date = HTTPDate()

    init(defaultFields: [(StaticString, StaticString)]) {
        self.defaultFields = defaultFields.flatMap { Array("\($0.0): \($0.1)\r\n".utf8) }
    }

    static let interimContinue = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Appends a response to `output`.
    ///
    /// The bytes of a file or of a stream are not appended; they follow the output.
    ///
    /// `withoutBody` (the request was HEAD) keeps the fields of the body and omits its bytes. The minor version of the
    /// request determines the Connection field.
    mutating func encode(
        _ response: HTTPResponse, withoutBody: Bool, keepsAlive: Bool, minorVersion: Int, into output: inout ByteWriter
    ) {
        output.append(static: "HTTP/1.1 ")
        output.append(decimal: Int64(response.status.code))
        output.append(HTTPByte.space)
        output.append(static: response.status.phrase)
        output.append(static: "\r\nDate: ")
        output.append(date.current())
        output.append(static: "\r\n")
        output.append(response.fields.bytes)
        output.append(defaultFields)
        // A 304 would have to give the length of the body that it does not have.
        let hasNoBody = response.status == .noContent || response.status == .notModified
        if let count = response.body.count, !hasNoBody {
            output.append(static: "Content-Length: ")
            output.append(decimal: Int64(count))
            output.append(static: "\r\n")
        } else if response.body.count == nil, minorVersion == 1 {
            output.append(static: "Transfer-Encoding: chunked\r\n")
        }
        if !keepsAlive {
            output.append(static: "Connection: close\r\n")
        } else if minorVersion == 0 {
            output.append(static: "Connection: keep-alive\r\n")
        }
        output.append(static: "\r\n")
        if !withoutBody { output.append(response.body.bytes) }
    }
}
