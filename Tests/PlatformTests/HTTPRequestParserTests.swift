import Testing

@testable import Platform

@Suite("The HTTP/1.1 machine")
struct HTTPRequestParserTests {
    /// One request as parsed.
    struct Seen: Equatable {
        var method: String
        var path: String
        var query: String?
        var body: String
        var keepsAlive: Bool
    }

    /// Feeds the text in pieces of `step` bytes, and collects the complete requests.
    static func parse(
        _ text: String, step: Int = .max, limits: HTTPLimits = HTTPLimits()
    ) throws(HTTPParseError) -> [Seen] {
        try parse(Array(text.utf8), step: step, limits: limits)
    }

    static func parse(
        _ bytes: [UInt8], step: Int = .max, limits: HTTPLimits = HTTPLimits()
    ) throws(HTTPParseError) -> [Seen] {
        var parser = HTTPRequestParser(limits: limits)
        var seen: [Seen] = []
        var head: HTTPRequestHead?
        var body: [UInt8] = []
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(step)
            rest = rest.dropFirst(piece.count)
            parser.append(piece)
            while let event = try parser.next() {
                switch event {
                case .head(let found): head = found
                case .body(let piece): body += piece
                case .end:
                    if let head {
                        seen.append(
                            Seen(
                                method: head.method.description, path: head.path, query: head.query,
                                body: String(decoding: body, as: UTF8.self), keepsAlive: head.keepsAlive))
                    }
                    body = []
                }
            }
        } while !rest.isEmpty
        return seen
    }

    static func status(of text: String, limits: HTTPLimits = HTTPLimits()) -> Int? {
        do {
            _ = try parse(text, limits: limits)
            return nil
        } catch {
            return error.status.code
        }
    }

    static let conversation =
        "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
        + "POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n"
        + "\r\nGET HTTP://y:80 HTTP/1.1\r\nHost: Y:80\r\n\r\nGET / HTTP/1.0\r\n\r\n"

    @Test("pipelined requests are read the same in pieces of any size", arguments: [1, 2, 3, 7, 64, Int.max])
    func pieces(step: Int) throws {
        #expect(
            try Self.parse(Self.conversation, step: step) == [
                Seen(method: "POST", path: "/a", query: "b=c", body: "hello", keepsAlive: true),
                Seen(method: "POST", path: "/d", query: nil, body: "hello world", keepsAlive: true),
                Seen(method: "GET", path: "/", query: nil, body: "", keepsAlive: true),
                Seen(method: "GET", path: "/", query: nil, body: "", keepsAlive: false),
            ])
    }

    static let refused: [(String, Int)] = [
        ("GET /\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505),
        ("GET / http/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /\u{7f} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /é HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        ("GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n y: z\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nBad Name: z\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n: z\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nnocolon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: x\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
        ("\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chun\u{212a}ed\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ,chunked\r\n\r\n", 501),
        ("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: %zz\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: [:::::]\r\n\r\n", 400),
        ("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 400),
        ("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n", 417),
    ]

    @Test("what two readers could read differently is refused", arguments: refused)
    func refuses(text: String, status: Int) {
        #expect(Self.status(of: text) == status)
    }

    @Test("what is refused whole is refused byte by byte, too", arguments: refused)
    func refusesInPieces(text: String, status: Int) {
        do {
            _ = try Self.parse(text, step: 1)
            Issue.record("nothing was refused")
        } catch {
            #expect(error.status.code == status)
        }
    }

    @Test("every length has its limit")
    func limits() {
        var limits = HTTPLimits()
        limits.requestLineBytesMax = 64
        limits.fieldsBytesMax = 128
        limits.fieldsMax = 4
        limits.chunkLineBytesMax = 16
        limits.trailersBytesMax = 32
        func status(_ text: String) -> Int? { Self.status(of: text, limits: limits) }
        let chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let letters = String(repeating: "a", count: 200)
        #expect(status("GET /\(letters)") == 414)
        #expect(status("GET /\(letters) HTTP/1.1\r\nHost: x\r\n\r\n") == 414)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\nA: \(letters)") == 431)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 4) + "\r\n") == 431)
        #expect(status(chunked + "1;\(letters)") == 400)
        #expect(status(chunked + "0\r\nA: \(letters)") == 400)
        #expect(status("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n") == nil)
    }

    @Test("a trickle of one byte at a time costs no more than linear work")
    func trickle() throws {
        let many = String(repeating: "GET /abc HTTP/1.1\r\nHost: x\r\n\r\n", count: 2_000)
        #expect(try Self.parse(many, step: 1).count == 2_000)
    }

    @Test("fields are found without regard to case, and values lose the blanks around them")
    func fields() throws {
        var parser = HTTPRequestParser(limits: HTTPLimits())
        parser.append(
            Array("GET / HTTP/1.1\r\nhOST: x\r\nX-A: \t one\t \r\nx-a:two\r\nConnection: Close\r\n\r\n".utf8)[...])
        guard case .head(let head)? = try parser.next() else { throw HTTPParseError(.badRequest, "no head") }
        #expect(head.headers[text: "x-A"] == "one")
        #expect(head.headers.all(text: "X-a") == ["one", "two"])
        #expect(head.headers[text: "X-B"] == nil)
        #expect(!head.keepsAlive)
    }

    @Test(
        "every name that Drape reads is recognized in any case, and no name beside it",
        arguments: HTTPFieldName.allCases)
    func names(name: HTTPFieldName) {
        let text = "\(name.text)"
        for spelling in [text, text.uppercased(), text.capitalized] {
            #expect(HTTPFieldName(Array(spelling.utf8).span) == name)
        }
        for other in [String(text.dropLast()), text + "x", String(text.dropLast()) + "!"] {
            #expect(HTTPFieldName(Array(other.utf8).span) == nil)
        }
    }

    @Test("a body that has arrived whole is taken at once, and the next request is read after it")
    func wholeBody() throws {
        func parser(_ text: String) throws -> HTTPRequestParser {
            var parser = HTTPRequestParser(limits: HTTPLimits())
            parser.append(Array(text.utf8)[...])
            guard case .head? = try parser.next() else { throw HTTPParseError(.badRequest, "no head") }
            return parser
        }
        let head = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
        var whole = try parser(head + "abcGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        // A body above the limit stays, to be read in pieces or refused.
        #expect(whole.wholeBody(upTo: 2) == nil)
        #expect(whole.wholeBody(upTo: 3) == Array("abc".utf8))
        guard case .head(let next)? = try whole.next() else { throw HTTPParseError(.badRequest, "no second head") }
        #expect(next.path == "/b")
        var part = try parser(head + "ab")
        #expect(part.wholeBody(upTo: 3) == nil)
        var chunked = try parser(
            "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        #expect(chunked.wholeBody(upTo: 100) == nil)
    }
}
