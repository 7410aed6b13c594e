import Platform
import TestKit

/// The head of a request, as a test has written it.
enum RequestHead {
    static func parse(_ requestLine: String, _ fieldLines: [String] = []) throws -> HTTPRequestHead {
        let lines = ["\(requestLine) HTTP/1.1", "Host: x"] + fieldLines + ["", ""]
        var parser = HTTPRequestParser(limits: HTTPLimits())
        parser.append(Array(lines.joined(separator: "\r\n").utf8)[...])
        guard case .head(let head)? = try parser.next() else {
            throw ServerProcess.Failure.notReady("no head in \(requestLine)")
        }
        return head
    }
}
