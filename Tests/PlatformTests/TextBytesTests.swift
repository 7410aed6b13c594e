import Testing

@testable import Platform

@Suite("Text as bytes")
struct TextBytesTests {
    @Test(
        "numbers are written in decimal digits",
        arguments: [(Int64.min, 1), (-1, 1), (0, 1), (7, 3), (999, 2), (1_000, 4), (Int64.max, 1)])
    func decimal(number: Int64, digits: Int) {
        var bytes: [UInt8] = []
        bytes.append(decimal: number, digits: digits)
        let text = String(number)
        let zeros = String(repeating: "0", count: max(0, digits - text.count))
        #expect(String(decoding: bytes, as: UTF8.self) == zeros + text)
    }

    @Test("a command of any number of words begins with their number")
    func commands() {
        for count in [1, 9, 10, 321, 12_345] {
            let command = RedisCommand([String](repeating: "é", count: count))
            let bytes = command.encoded()
            #expect(bytes.last == 0)
            let text = String(decoding: bytes.dropLast(), as: UTF8.self)
            #expect(text == "*\(count)\r\n" + String(repeating: "$2\r\né\r\n", count: count))
        }
    }
}
