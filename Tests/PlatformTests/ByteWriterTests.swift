import Testing

@testable import Platform

@Suite("Text as bytes")
struct ByteWriterTests {
    @Test(
        "numbers are written in decimal digits",
        arguments: [(Int64.min, 1), (-1, 1), (0, 1), (7, 3), (999, 2), (1_000, 4), (Int64.max, 1)])
    func decimal(number: Int64, digits: Int) {
        var writer = ByteWriter(capacity: 0)
        writer.append(decimal: number, digits: digits)
        let text = String(number)
        let zeros = String(repeating: "0", count: max(0, digits - text.count))
        let written = writer.text
        #expect(written == zeros + text)
    }

    @Test("a command of any number of words begins with their number")
    func commands() {
        for count in [1, 9, 10, 321, 12_345] {
            let command = RedisCommand([String](repeating: "é", count: count))
            let (text, isTerminated) = command.withEncoded { bytes in
                // hiredis reads a subscription as a C string.
                (String(decoding: bytes, as: UTF8.self), bytes.baseAddress?[bytes.count] == 0)
            }
            #expect(isTerminated)
            #expect(text == "*\(count)\r\n" + String(repeating: "$2\r\né\r\n", count: count))
        }
    }

    @Test("what is written stays in order while the memory grows, and is gone after removeAll")
    func growth() {
        var writer = ByteWriter(capacity: 0)
        var expected: [UInt8] = []
        for number in 0..<500 {
            writer.append(text: "é\(number)")
            writer.append(static: ", ")
            writer.append(UInt8(truncatingIfNeeded: number))
            expected += Array("é\(number), ".utf8) + [UInt8(truncatingIfNeeded: number)]
        }
        let bytes = writer.bytes
        #expect(bytes == expected)
        writer.removeAll(keptCapacity: 100)
        let isEmpty = writer.isEmpty
        #expect(isEmpty)
        writer.append(twoDigits: 7)
        writer.append(repeating: 0x2e, times: 200)
        let written = writer.text
        #expect(written == "07" + String(repeating: ".", count: 200))
    }

    @Test(
        "a base 32 number is 26 characters, which sort as the numbers do",
        arguments: [
            (UInt128.zero, "00000000000000000000000000"), (UInt128.max, "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
            (UInt128(1) << 60, "00000000000001000000000000"), (UInt128(31) << 60, "0000000000000z000000000000"),
            (UInt128(1) << 65, "00000000000010000000000000"),
        ])
    func base32(number: UInt128, text: String) {
        #expect(SessionLike(value: number).description == "cts_" + text)
        #expect(SessionLike("cts_" + text)?.value == number)
    }

    private struct SessionLike: Identity {
        static let prefix: StaticString = "cts"
        let value: UInt128
    }

    @Test("a value of a header field loses its line ends, and can be read again")
    func fieldLines() {
        var lines = HTTPFieldLines()
        lines.append("Location", "/a\r\nSet-Cookie: b\u{7f}\tc")
        lines.append("Location-Hint", "second")
        #expect(
            String(decoding: lines.bytes, as: UTF8.self) == "Location: /aSet-Cookie: b\tc\r\nLocation-Hint: second\r\n")
        #expect(lines["Location"] == "/aSet-Cookie: b\tc")
        #expect(lines["Location-Hint"] == "second")
        #expect(lines["Loc"] == nil)
    }
}
