/// Turns responses into bytes.
struct HTTPResponseEncoder {
    /// Whole header lines that stand in every answer.
    private let standingFields: [UInt8]
    private var date = HTTPDate()

    init(standingFields: [(StaticString, StaticString)]) {
        self.standingFields = standingFields.flatMap { Array("\($0.0): \($0.1)\r\n".utf8) }
    }

    static let interimContinue = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Appends a response to `output`.
    ///
    /// `withoutBody` (the request was HEAD) keeps the fields of the body and drops its bytes; the request's minor version
    /// decides what must be said of persistence.
    mutating func encode(
        _ response: HTTPResponse, withoutBody: Bool, keepsAlive: Bool, minorVersion: Int, into output: inout [UInt8]
    ) {
        output.reserveCapacity(output.count + 512 + response.body.count)
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        output.appendDecimal(response.status.code)
        output.append(HTTPByte.space)
        output.append(contentsOf: response.status.phrase.utf8)
        output.append(contentsOf: "\r\nDate: ".utf8)
        output.append(contentsOf: date.current())
        output.append(contentsOf: "\r\n".utf8)
        for field in response.fields {
            output.append(contentsOf: field.name.utf8)
            output.append(contentsOf: ": ".utf8)
            output.append(contentsOf: field.value.utf8)
            output.append(contentsOf: "\r\n".utf8)
        }
        output.append(contentsOf: standingFields)
        if response.status.code != HTTPStatus.noContent.code {
            output.append(contentsOf: "Content-Length: ".utf8)
            output.appendDecimal(response.body.count)
            output.append(contentsOf: "\r\n".utf8)
        }
        if !keepsAlive {
            output.append(contentsOf: "Connection: close\r\n".utf8)
        } else if minorVersion == 0 {
            output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        }
        output.append(contentsOf: "\r\n".utf8)
        if !withoutBody { output.append(contentsOf: response.body) }
    }
}

extension [UInt8] {
    mutating func appendDecimal(_ number: Int) {
        append(contentsOf: String(number).utf8)
    }
}
