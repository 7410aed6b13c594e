internal import Domain
internal import Foundation
internal import Platform

/// `drapectl webhook verify`: checks the signature of a webhook whose body is on standard input.
struct WebhookVerifyCommand {
    private static let bodyBytesMax = 1 << 24
    private let secret: String
    private let fields: [HTTPField]
    private let tolerance: Duration?

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        let options = try Options(arguments, allowed: ["--secret", "--headers", "--tolerance"], flags: ["--any-time"])
        guard let secret = options["--secret"], let headers = options["--headers"] else {
            throw UsageError(
                message: "webhook verify needs --secret SECRET and --headers FILE; the body is standard input")
        }
        self.secret = secret
        let seconds = try options.number("--tolerance", 1...86_400_000) ?? 300
        tolerance = options.has("--any-time") ? nil : .seconds(seconds)
        fields = try Self.read(headers)
    }

    /// Reads a file of header lines, as `curl -v` or a log shows them; a text with a colon and no such file is a line itself.
    private static func read(_ text: String) throws(UsageError) -> [HTTPField] {
        let file = FileManager.default.contents(atPath: text).map { String(decoding: $0, as: UTF8.self) }
        guard let lines = file ?? (text.contains(":") ? text : nil) else {
            throw UsageError(message: "--headers: there is no file \(text)")
        }
        let cleaned = lines.split(whereSeparator: \.isNewline).map { line in
            String(line.drop { $0 == ">" || $0 == "<" || $0 == " " })
        }
        return HTTPField.list(cleaned.joined(separator: "\n"))
    }

    func run() throws {
        let body = try FileHandle.standardInput.read(upToCount: Self.bodyBytesMax + 1) ?? Data()
        guard body.count <= Self.bodyBytesMax else { throw CommandFailure("the body is too large") }
        let verification = WebhookVerification(secret: secret, tolerance: tolerance)
        if let failure = verification.check(fields: fields, body: Array(body), at: SystemClock().now()) {
            throw CommandFailure("not valid: \(failure)")
        }
        print("valid: the signature is that of the secret, for these \(body.count) bytes")
    }
}
