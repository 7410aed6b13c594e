/// The rules for request fields that apply to every request.
enum HTTPSemantics {
    /// Source: RFC 9112, sections 3.2 (Host), 6 (framing) and 9.3 (persistence); RFC 9110, section 10.1.1 (Expect).
    static func head(_ line: HTTPRequestLine, _ headers: HTTPHeaders) throws(HTTPParseError) -> HTTPRequestHead {
        try checkHost(line, headers)
        let framing = try framing(line, headers)
        let connection = headers.list(.connection)
        let closes = connection.contains { $0.elementsEqual("close".utf8) }
        let keepsAlive =
            !closes && (line.minorVersion == 1 || connection.contains { $0.elementsEqual("keep-alive".utf8) })
        return HTTPRequestHead(
            line, headers, framing: framing, keepsAlive: keepsAlive,
            expectsContinue: try expectsContinue(line, headers, framing))
    }

    private static func checkHost(_ line: HTTPRequestLine, _ headers: HTTPHeaders) throws(HTTPParseError) {
        switch headers.count(of: .host) {
        case 0:
            if line.minorVersion == 1 { throw .malformed("an HTTP/1.1 request has exactly one Host header") }
        case 1:
            guard let host = headers.bytes(.host), HTTPAuthority.isValid(host) else {
                throw .malformed("the Host header is not a host with an optional port")
            }
        default:
            throw .malformed("a request has exactly one Host header")
        }
        guard let authority = line.authority else { return }
        guard HTTPAuthority.isValid(Array(authority.utf8)[...]) else {
            throw .malformed("the target's authority is not a host with an optional port")
        }
        let isSame = headers.bytes(.host).map { $0.map(ASCII.lowercased) == authority.utf8.map(ASCII.lowercased) }
        if line.method != .connect, isSame == false { throw .malformed("the target and the Host header differ") }
    }

    private static func framing(
        _ line: HTTPRequestLine, _ headers: HTTPHeaders
    ) throws(HTTPParseError) -> HTTPRequestHead.Framing {
        let lengths = headers.count(of: .contentLength)
        let codings = headers.count(of: .transferEncoding)
        if codings == 0, lengths == 0 { return .none }
        if codings > 0 {
            if lengths > 0 { throw .malformed("a request has a Content-Length or a Transfer-Encoding, not both") }
            if line.minorVersion == 0 { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
            try checkCodings(headers.list(.transferEncoding))
            return .chunked
        }
        guard lengths == 1, let digits = headers.bytes(.contentLength) else {
            throw .malformed("a request has one Content-Length")
        }
        guard !digits.isEmpty, digits.count <= 18, digits.allSatisfy(ASCII.isDigit) else {
            throw .malformed("Content-Length is a number of bytes in decimal digits")
        }
        return .length(digits.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) })
    }

    private static func checkCodings(_ codings: [[UInt8]]) throws(HTTPParseError) {
        let chunked = Array("chunked".utf8)
        if codings == [chunked] { return }
        if codings.contains(chunked), codings.last != chunked || codings.count(where: { $0 == chunked }) > 1 {
            throw .malformed("chunked is the last transfer coding and appears once")
        }
        throw HTTPParseError(.notImplemented, "the only transfer coding that this server takes is chunked")
    }

    private static func expectsContinue(
        _ line: HTTPRequestLine, _ headers: HTTPHeaders, _ framing: HTTPRequestHead.Framing
    ) throws(HTTPParseError) -> Bool {
        guard line.minorVersion == 1, headers.has(.expect) else { return false }
        guard headers.list(.expect).allSatisfy({ $0 == Array("100-continue".utf8) }) else {
            throw HTTPParseError(.expectationFailed, "the only expectation that this server meets is 100-continue")
        }
        return framing != .none && framing != .length(0)
    }
}
