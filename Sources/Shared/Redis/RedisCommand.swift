/// One command, as the bytes that go to Redis.
///
/// Source: Redis serialization protocol specification, "Sending commands to a Redis server".
package struct RedisCommand: Sendable {
    private var arguments: [UInt8] = []
    private var count = 0

    package init(_ name: String) {
        arguments.reserveCapacity(256)
        append(name)
    }

    package init(_ words: [String]) {
        for word in words { append(word) }
    }

    package mutating func append(_ text: String) {
        append(bytes: text.utf8)
    }

    package mutating func append(_ number: Int64) {
        append(String(number))
    }

    package mutating func append(bytes: some Collection<UInt8>) {
        arguments.append(UInt8(ascii: "$"))
        arguments.append(contentsOf: String(bytes.count).utf8)
        arguments.append(contentsOf: "\r\n".utf8)
        arguments.append(contentsOf: bytes)
        arguments.append(contentsOf: "\r\n".utf8)
        count += 1
    }

    var encoded: [UInt8] {
        Array("*\(count)\r\n".utf8) + arguments
    }
}
