/// One command, encoded for Redis.
///
/// Source: Redis serialization protocol specification, "Sending commands to a Redis server".
package struct RedisCommand: ~Copyable {
    /// Bytes reserved for `*`, the number of words and CRLF; the number is known only at the end.
    private static let headBytes = 8
    private var text: ByteWriter
    private var count = 0

    private init(capacity: Int) {
        text = ByteWriter(capacity: capacity)
        text.append(repeating: 0, times: Self.headBytes)
    }

    package init(_ name: String) {
        self.init(capacity: 1_536)
        append(name)
    }

    package init(_ words: RedisWords) {
        self.init(capacity: 1_536)
        append(words)
    }

    package init(_ words: [String]) {
        self.init(capacity: 256)
        for word in words { append(word) }
    }

    package mutating func append(_ word: String) {
        begin(word.utf8.count)
        text.append(text: word)
        end()
    }

    package mutating func append(_ number: Int64) {
        begin(ByteWriter.decimalLength(number))
        text.append(decimal: number)
        end()
    }

    package mutating func append(bytes word: [UInt8]) {
        begin(word.count)
        text.append(word)
        end()
    }

    private mutating func append(bytes word: borrowing ByteWriter) {
        begin(word.count)
        text.append(word)
        end()
    }

    package mutating func append(_ id: some Identity) {
        begin(30)
        text.append(id)
        end()
    }

    /// Appends one word: a JSON text.
    package mutating func append(json: borrowing JSONWriter) {
        append(bytes: json.text)
    }

    /// Appends already encoded words.
    package mutating func append(_ words: RedisWords) {
        text.append(words.bytes)
        count += words.count
    }

    /// Appends one word: a prefix and an id.
    package mutating func append(prefix: String, _ id: some Identity) {
        begin(prefix.utf8.count + 30)
        text.append(text: prefix)
        text.append(id)
        end()
    }

    /// Appends one word: a prefix and a text.
    package mutating func append(prefix: String, _ rest: String) {
        begin(prefix.utf8.count + rest.utf8.count)
        text.append(text: prefix)
        text.append(text: rest)
        end()
    }

    private mutating func begin(_ length: Int) {
        text.append(UInt8(ascii: "$"))
        text.append(decimal: Int64(length))
        end()
        count += 1
    }

    private mutating func end() {
        text.append(static: "\r\n")
    }

    /// Calls `body` with the whole command, which a NUL byte follows, because hiredis reads a subscription as a C string.
    consuming func withEncoded<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        precondition(count < 100_000, "a command with too many words")
        text[Self.headBytes - 1] = UInt8(ascii: "\n")
        text[Self.headBytes - 2] = UInt8(ascii: "\r")
        var start = Self.headBytes - 2
        while count > 0 {
            start -= 1
            text[start] = UInt8(ascii: "0") + UInt8(count % 10)
            count /= 10
        }
        start -= 1
        text[start] = UInt8(ascii: "*")
        text.append(0)
        return unsafe text.withBytes(from: start) { bytes in
            unsafe body(UnsafeBufferPointer(rebasing: bytes.dropLast()))
        }
    }
}
