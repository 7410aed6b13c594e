/// One command, encoded for Redis.
///
/// Source: Redis serialization protocol specification, "Sending commands to a Redis server".
package struct RedisCommand: Sendable {
    /// Bytes reserved for `*`, the number of words and CRLF; the number is known only at the end.
    private static let headBytes = 8
    private var bytes: [UInt8] = []
    private var count = 0

    package init(_ name: String) {
        bytes.reserveCapacity(1_536)
        bytes.append(contentsOf: repeatElement(0, count: Self.headBytes))
        append(name)
    }

    package init(_ words: [String]) {
        bytes.append(contentsOf: repeatElement(0, count: Self.headBytes))
        for word in words { append(word) }
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { buffer in
            begin(buffer.count)
            unsafe bytes.append(contentsOf: buffer)
        }
        end()
    }

    package mutating func append(_ number: Int64) {
        var digits: [UInt8] = []
        digits.append(decimal: number)
        append(bytes: digits)
    }

    package mutating func append(bytes word: [UInt8]) {
        begin(word.count)
        bytes.append(contentsOf: word)
        end()
    }

    package mutating func append(_ id: some Identity) {
        begin(30)
        id.append(to: &bytes)
        end()
    }

    /// Appends already encoded words.
    package mutating func append(_ words: RedisWords) {
        bytes.append(contentsOf: words.bytes)
        count += words.count
    }

    /// Appends one word: a prefix and an id.
    package mutating func append(prefix: String, _ id: some Identity) {
        begin(prefix.utf8.count + 30)
        bytes.append(text: prefix)
        id.append(to: &bytes)
        end()
    }

    /// Appends one word: a prefix and a text.
    package mutating func append(prefix: String, _ text: String) {
        begin(prefix.utf8.count + text.utf8.count)
        bytes.append(text: prefix)
        bytes.append(text: text)
        end()
    }

    private mutating func begin(_ length: Int) {
        bytes.append(UInt8(ascii: "$"))
        bytes.append(decimal: Int64(length))
        end()
        count += 1
    }

    private mutating func end() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Writes the number of words before the words.
    /// - Returns: the whole command, followed by a NUL byte, because hiredis reads a subscription as a C string.
    consuming func encoded() -> ArraySlice<UInt8> {
        precondition(count < 100_000, "a command with too many words")
        bytes[Self.headBytes - 1] = UInt8(ascii: "\n")
        bytes[Self.headBytes - 2] = UInt8(ascii: "\r")
        var start = Self.headBytes - 2
        while count > 0 {
            start -= 1
            bytes[start] = UInt8(ascii: "0") + UInt8(count % 10)
            count /= 10
        }
        start -= 1
        bytes[start] = UInt8(ascii: "*")
        bytes.append(0)
        return bytes[start...]
    }
}
