/// The parsed and validated first line of a request.
struct HTTPRequestLine {
    var method = HTTPMethod.get
    var path = "/"
    var query: String?
    /// The authority of a target in absolute form.
    var authority: String?
    var minorVersion = 1

    init() {}

    /// Reads `method SP target SP version`.
    init(parsing line: borrowing Span<UInt8>) throws(HTTPParseError) {
        guard let first = line.firstIndex(of: HTTPByte.space), let last = line.lastIndex(of: HTTPByte.space),
            first < last
        else { throw .malformed("a request line is a method, a target and a version, with one space between them") }
        minorVersion = try Self.version(line.extracting(last + 1..<line.count))
        method = try Self.method(line.extracting(0..<first))
        let target = line.extracting(first + 1..<last)
        guard !target.isEmpty else { throw .malformed("the request target is empty") }
        for index in target.indices where !HTTPByte.isTarget(target[index]) {
            throw .malformed("the request target has a byte that a URI cannot carry unescaped")
        }
        try split(target)
    }

    private static func method(_ bytes: borrowing Span<UInt8>) throws(HTTPParseError) -> HTTPMethod {
        if bytes.count == 3, bytes.hasPrefix("GET") { return .get }
        if bytes.count == 4, bytes.hasPrefix("POST") { return .post }
        guard !bytes.isEmpty, bytes.count <= 32 else { throw .malformed("the method is empty or too long") }
        for index in bytes.indices where !HTTPByte.isToken(bytes[index]) {
            throw .malformed("the method has a byte that no method has")
        }
        return HTTPMethod(bytes.text())
    }

    private static func version(_ bytes: borrowing Span<UInt8>) throws(HTTPParseError) -> Int {
        let prefix: StaticString = "HTTP/"
        guard bytes.count == 8, bytes.hasPrefix(prefix), ASCII.isDigit(bytes[5]),
            bytes[6] == UInt8(ascii: "."), ASCII.isDigit(bytes[7])
        else { throw .malformed("the request line does not end in an HTTP version") }
        guard bytes[5] == UInt8(ascii: "1"), bytes[7] <= UInt8(ascii: "1") else {
            throw HTTPParseError(.versionNotSupported, "this server speaks HTTP/1.1 and HTTP/1.0")
        }
        return Int(bytes[7] - UInt8(ascii: "0"))
    }

    /// Source: RFC 9112, section 3.2: origin, absolute, authority and asterisk form.
    private mutating func split(_ target: borrowing Span<UInt8>) throws(HTTPParseError) {
        if method == .connect {
            path = target.text()
            authority = path
            return
        }
        if target.count == 1, target[0] == UInt8(ascii: "*") {
            guard method == .options else { throw .malformed("the target * is for OPTIONS alone") }
            path = "*"
            return
        }
        if target[0] == UInt8(ascii: "/") {
            splitPath(target)
            return
        }
        let scheme: StaticString = target.hasPrefix("https://", withoutCase: true) ? "https://" : "http://"
        guard target.hasPrefix(scheme, withoutCase: true) else {
            throw .malformed("the request target is neither a path nor an http URI")
        }
        let rest = target.extracting(scheme.utf8CodeUnitCount..<target.count)
        var end = 0
        while end < rest.count, rest[end] != UInt8(ascii: "/"), rest[end] != UInt8(ascii: "?") { end += 1 }
        authority = rest.extracting(0..<end).text()
        splitPath(rest.extracting(end..<rest.count))
    }

    private mutating func splitPath(_ target: borrowing Span<UInt8>) {
        let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        path = mark == 0 ? "/" : target.extracting(0..<mark).text()
        query = mark == target.count ? nil : target.extracting(mark + 1..<target.count).text()
    }
}
