import Testing

@testable import Platform

@Suite("JSON")
struct JSONTests {
    @Test("a text is parsed into its values")
    func parse() throws {
        let parser = JSONParserHandle(bytesMax: 65_536)
        let text = #"{"a":[1,-2,3.5,true,false,null,"x\u00e9\n"],"b":{"c":{}},"d":18446744073709551615}"#
        let root = try parser.parse(Array(text.utf8)).root
        let members = try #require(root.members)
        #expect(members.map(\.name) == ["a", "b", "d"])
        let list = try #require(members[0].value.elements)
        #expect(list[0].integer == 1)
        #expect(list[1].integer == -2)
        #expect(list[2].integer == nil)
        #expect(list[2].kind == .double)
        #expect(list[3].boolean == true)
        #expect(list[5].kind == .null)
        #expect(list[6].string == "xé\n")
        #expect(members[1].value.members?[0].value.members?.isEmpty == true)
        #expect(members[2].value.kind == .double)
    }

    @Test(
        "what is not JSON is refused",
        arguments: ["", "{", "{}x", "[1,]", "{\"a\":1,}", "nul", "\"\u{1}\"", "'a'", "[1e999]", "\u{feff}{}", "NaN"])
    func refuses(text: String) {
        let parser = JSONParserHandle(bytesMax: 65_536)
        #expect(throws: JSONError.self) { try parser.parse(Array(text.utf8)) }
    }

    @Test("whole numbers beyond 64 bits are numbers, wherever they stand, and digits in texts stay as they are")
    func longIntegers() throws {
        let parser = JSONParserHandle(bytesMax: 65_536)
        let digits = String(repeating: "1234567890", count: 4)
        let list = try #require(
            try parser.parse(Array("[\(digits),-\(digits), \"\\\"\(digits)\",\(digits).5,\(digits)e2,7]".utf8)).root
                .elements)
        #expect(list.map(\.kind) == [.double, .double, .string, .double, .double, .integer])
        #expect(list[2].string == "\"\(digits)")
        #expect(throws: JSONError.self) { try parser.parse(Array("[0\(digits)]".utf8)) }
        #expect(throws: JSONError.self) { try parser.parse(Array("[\(digits),]".utf8)) }
    }

    @Test("bytes that are not UTF-8, depth and length beyond the bounds are refused")
    func bounds() {
        let parser = JSONParserHandle(bytesMax: 1_000, depthMax: 8)
        #expect(throws: JSONError.self) { try parser.parse([0x22, 0xff, 0xfe, 0x22]) }
        let deep = String(repeating: "[", count: 20) + String(repeating: "]", count: 20)
        #expect(throws: JSONError.self) { try parser.parse(Array(deep.utf8)) }
        #expect(throws: JSONError.self) { try parser.parse([UInt8](repeating: 0x20, count: 1_001)) }
    }

    @Test("an object that outgrows its memory is written whole", arguments: [1, 64, 4_096])
    func growth(capacity: Int) {
        let text = String(repeating: "a", count: 1_000)
        let bytes = JSONWriter.object(capacity: capacity) { json in json.field("text", text) }
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"text\":\"\(text)\"}")
    }

    @Test("what is written is read back the same")
    func roundTrip() throws {
        var json = JSONWriter()
        let awkward = "\"\\/\u{8}\u{c}\n\r\t\u{1f}é😀\u{2028}"
        json.object { json in
            json.field("text", awkward)
            json.field("number", Int64.min)
            json.field("flag", true)
            json.field("nothing", String?.none)
            json.key("list")
            json.array { json in
                json.integer(1)
                json.object { _ in }
                json.array { _ in }
            }
            json.key(text: awkward)
            json.double(.infinity)
        }
        let parser = JSONParserHandle(bytesMax: 65_536)
        let members = try #require(try parser.parse(json.bytes).root.members)
        #expect(members[0].value.string == awkward)
        #expect(members[1].value.integer == Int64.min)
        #expect(members[4].value.elements?.count == 3)
        #expect(members[5].name == awkward)
        #expect(members[5].value.kind == .null)
    }
}
