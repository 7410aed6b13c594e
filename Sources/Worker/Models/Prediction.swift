internal import Platform

/// The answer of a model server to a prediction.
///
/// Source: cog v0.22.0, docs/http.md.
enum Prediction {
    /// A data URI, or a URL.
    case succeeded(String)
    case failed(String)
    case canceled
    /// The same prediction is under way.
    case running
    /// All slots of the server are taken.
    case busy
    /// The server is not ready.
    case notReady
    /// The input is not as the server wants it.
    case refused(String)
    case unexpected(String)

    init(_ answer: HTTPClientResponse, _ parser: borrowing JSONParserHandle) {
        var root: JSONNode?
        do throws(JSONError) { root = try parser.parse(answer.body).root } catch { root = nil }
        switch answer.status {
        case 200: self = Self.ended(root)
        case 202: self = .running
        case 409: self = .busy
        case 422: self = .refused(root?["error"]?.string ?? "")
        case 503: self = .notReady
        default: self = .unexpected("the answer was \(answer.status)")
        }
    }

    private static func ended(_ root: JSONNode?) -> Prediction {
        switch root?["status"]?.string {
        case "succeeded":
            let output = root?["output"]
            guard let uri = output?.string ?? output?.elements?.first?.string else {
                return .unexpected("a prediction succeeded without an output")
            }
            return .succeeded(uri)
        case "failed": return .failed(root?["error"]?.string ?? "")
        case "canceled", "aborted": return .canceled
        case "starting", "processing": return .running
        case let status: return .unexpected("a prediction has the status \(status ?? "none")")
        }
    }
}
