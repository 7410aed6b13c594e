/// A Lua script and its digest.
package struct RedisScript: Sendable {
    package let text: String
    /// The SHA-1 digest in hexadecimal, for EVALSHA.
    package let digest: String

    package init(_ text: String) {
        self.text = text
        digest = Digest.sha1(Array(text.utf8)).hexText
    }

    /// A command that runs the script.
    ///
    /// `keysAndArguments` appends `keyCount` keys, and then the arguments.
    func call(
        _ name: String, _ script: String, keyCount: Int, _ keysAndArguments: (inout RedisCommand) -> Void
    ) -> RedisCommand {
        var command = RedisCommand(name)
        command.append(script)
        command.append(Int64(keyCount))
        keysAndArguments(&command)
        return command
    }
}
