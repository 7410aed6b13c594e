internal import Shared

/// One request on its way through a handler: what was asked, and what is known about who asks.
final class RequestContext {
    let request: HTTPRequest
    let requestID: String
    /// When the request was taken up.
    let now: Timestamp
    private let parameters: [Substring]
    /// Fields that the answer carries, be it a success or a refusal.
    private(set) var extraFields: [(name: StaticString, value: String)] = []

    init(request: HTTPRequest, requestID: String, now: Timestamp, parameters: [Substring]) {
        self.request = request
        self.requestID = requestID
        self.now = now
        self.parameters = parameters
    }

    /// Sets a field of the answer, in the place of an earlier one of this name.
    func set(_ name: StaticString, _ value: String) {
        extraFields.removeAll { $0.name.hasBytes(of: name) }
        extraFields.append((name, value))
    }

    /// The text of a placeholder of the route's path, decoded.
    func parameter(_ index: Int) throws(Problem) -> String {
        guard let text = PercentEncoding.decode(parameters[index]) else {
            throw Problem(.malformedRequest, "the path has a percent-encoding that is not UTF-8")
        }
        return text
    }

    /// A body that is in memory; a larger one is empty here.
    var bodyBytes: [UInt8] {
        if case .bytes(let bytes) = request.body { bytes } else { [] }
    }

    /// The parameters of the query, decoded, in order.
    func query() throws(Problem) -> [(name: String, value: String)] {
        var found: [(String, String)] = []
        for pair in (request.head.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0]),
                let value = PercentEncoding.decode(parts.count == 2 ? parts[1] : "")
            else { throw Problem(.malformedRequest, "the query has a percent-encoding that is not UTF-8") }
            found.append((name, value))
        }
        return found
    }

    /// The request's traceparent, where it is one.
    ///
    /// Source: W3C Trace Context, section 3.2.2: 55 characters in version 00.
    var traceparent: String? {
        guard let text = request.head.headers[.traceparent], text.utf8.count == 55 else { return nil }
        let isValid = text.utf8.enumerated().allSatisfy { index, byte in
            if [2, 35, 52].contains(index) { return byte == UInt8(ascii: "-") }
            return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
        }
        return isValid ? text : nil
    }
}
