internal import Platform

/// The answer of FASHN's API, as far as it matters.
///
/// Source: docs.fashn.ai, "API overview" and "Error handling".
enum FashnAnswer {
    /// A prediction was begun.
    case begun(String)
    case running
    case completed(String)
    case failed(name: String, message: String)
    /// Too many requests or predictions at once.
    case limited
    /// The account has no credits, or the key is not valid.
    case account(String)
    /// The API does not know the prediction.
    case unknown
    case refused(String)
    /// It did not answer, or not now.
    case away(String)
    case unexpected(String)

    init(_ answer: HTTPClientResponse, _ parser: borrowing JSONParserHandle) {
        var root: JSONNode?
        do throws(JSONError) { root = try parser.parse(answer.body).root } catch { root = nil }
        let (name, message) = (root?["error"]?.string ?? "", root?["message"]?.string ?? "")
        switch answer.status {
        case 200: self = Self.accepted(root)
        case 400: self = .refused(message)
        case 401, 403: self = .account("\(name): \(message)")
        case 404: self = .unknown
        case 429: self = name == "OutOfCredits" ? .account("\(name): \(message)") : .limited
        case 500...599: self = .away("the answer was \(answer.status) \(name)")
        default: self = .unexpected("the answer was \(answer.status) \(name)")
        }
    }

    private static func accepted(_ root: JSONNode?) -> FashnAnswer {
        guard let status = root?["status"]?.string else {
            return root?["id"]?.string.map { .begun($0) } ?? .unexpected("an answer has neither an id nor a status")
        }
        switch status {
        case "starting", "in_queue", "processing": return .running
        case "completed":
            return root?["output"]?.elements?.first?.string.map { .completed($0) }
                ?? .unexpected("a prediction is completed without an output")
        case "failed", "canceled", "time_out":
            let error = root?["error"]
            return .failed(name: error?["name"]?.string ?? status, message: error?["message"]?.string ?? "")
        default: return .unexpected("a prediction has the status \(status)")
        }
    }

    /// Whether a failure is caused by what a client has sent.
    static func isOfClient(_ name: String) -> Bool { name == "ThirdPartyError" }
}
