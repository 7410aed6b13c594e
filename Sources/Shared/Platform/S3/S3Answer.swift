/// What an answer of S3 means.
enum S3Answer {
    case done
    case missing
    /// It may be tried again.
    case retry(String)
    /// The keys have expired.
    case expired
    /// The server does not have this request.
    case unsupported(String)
    /// It will be refused again.
    case refused(String)

    /// Source: Amazon S3 API Reference, "Error responses"; AWS SDK, "Retry behavior".
    init(_ answer: HTTPClientResponse, to request: S3Request) {
        let code = Self.code(answer.body)
        let text = "\(answer.status) \(code) (request \(answer.fields["x-amz-request-id"] ?? "unknown"))"
        switch answer.status {
        case 200, 204, 206: self = .done
        case 416 where request.isRange: self = .done
        // What is deleted has to be said to be gone: another server may answer in place of S3.
        case 404 where request.name == "GET" ? code != "NoSuchBucket" : code == "NoSuchKey": self = .missing
        case 400 where ["RequestTimeout", "BadDigest"].contains(code), 409 where code == "OperationAborted":
            self = .retry(text)
        case 400 where ["ExpiredToken", "InvalidToken"].contains(code), 403 where code == "ExpiredToken":
            self = .expired
        case 429, 500, 502, 503, 504: self = .retry(text)
        case 405, 501: self = .unsupported(text)
        case 400 where ["MissingContentMD5", "NotImplemented"].contains(code): self = .unsupported(text)
        default: self = .refused(text)
        }
    }

    /// The text of the element `Code`; empty if there is none.
    private static func code(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(4_096), as: UTF8.self)
        let parts = text.split(separator: "<Code>", maxSplits: 1)
        guard parts.count == 2, let code = parts[1].split(separator: "</Code>", maxSplits: 1).first else { return "" }
        return String(code.prefix(64))
    }
}
