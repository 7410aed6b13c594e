/// A Lua script and its digest.
package struct RedisScript: Sendable {
    package let text: String
    /// The SHA-1 digest in hexadecimal, for EVALSHA.
    package let digest: String
    private let callByDigest: RedisWords
    private let callByText: RedisWords

    package init(_ text: String) {
        self.text = text
        digest = Digest.sha1(Array(text.utf8)).hexText
        callByDigest = RedisWords(["EVALSHA", digest])
        callByText = RedisWords(["EVAL", text])
    }

    /// A command that runs the script: by its text, or by its digest, which Redis may not know.
    ///
    /// `keysAndArguments` writes so many keys, and then the arguments.
    func call(
        byText: Bool = false, keyCount: Int, _ keysAndArguments: (inout RedisCommand) -> Void
    ) -> RedisCommand {
        var command = RedisCommand(byText ? callByText : callByDigest)
        command.append(Int64(keyCount))
        keysAndArguments(&command)
        return command
    }
}
