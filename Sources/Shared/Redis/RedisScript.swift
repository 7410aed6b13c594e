/// A Lua script and its digest.
package struct RedisScript: Sendable {
    package let text: String
    /// SHA-1, as EVALSHA wants it.
    package let digest: String

    package init(_ text: String) {
        self.text = text
        digest = Digest.sha1(Array(text.utf8)).hexText
    }

    func call(
        _ name: String, _ script: String, _ keys: [String], _ arguments: (inout RedisCommand) -> Void
    ) -> RedisCommand {
        var command = RedisCommand(name)
        command.append(script)
        command.append(Int64(keys.count))
        for key in keys { command.append(key) }
        arguments(&command)
        return command
    }
}
