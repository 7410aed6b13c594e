/// Words of a command, encoded once and reused in many commands.
package struct RedisWords: Sendable {
    let bytes: [UInt8]
    package let count: Int

    package init(_ words: [String]) {
        var bytes = ByteWriter(capacity: 256)
        for word in words {
            bytes.append(UInt8(ascii: "$"))
            bytes.append(decimal: Int64(word.utf8.count))
            bytes.append(static: "\r\n")
            bytes.append(text: word)
            bytes.append(static: "\r\n")
        }
        self.bytes = bytes.bytes
        count = words.count
    }
}
