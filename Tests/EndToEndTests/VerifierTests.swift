import Domain
import Foundation
import Platform
import TestKit
import Testing

/// The examples for receivers verify what Drape signs, and refuse everything else.
@Suite("Verifiers")
struct VerifierTests {
    private static let examples = "\(TestPlace.root)/examples/webhooks"
    private static let secret = SecureRandom.bytes(count: 32).hexText
    private static let body = #"{"id":"evt_1","type":"tryon.completed","data":{"ä":"\n"}}"#

    /// The command that runs each example; a compiled one is compiled once.
    private static func command(_ name: String, _ directory: String) -> String {
        switch name {
        case "verify.py": "python3 \(examples)/verify.py"
        case "verify.mjs": "node \(examples)/verify.mjs"
        case "verify.php": "php \(examples)/verify.php"
        case "verify.rb": "ruby \(examples)/verify.rb"
        case "verify.go":
            "cd \(directory) && { [ -e ./verify-go ] || HOME=\(directory) GOFLAGS=-mod=mod GO111MODULE=off go build -o verify-go \(examples)/verify.go; } && ./verify-go"
        case "Verify.java": "java \(examples)/Verify.java"
        case "verify.swift":
            "cd \(directory) && { [ -e ./verify-swift ] || swiftc -o verify-swift \(examples)/verify.swift; } && ./verify-swift"
        case "verify.sh (bash)": "bash \(examples)/verify.sh"
        default: "dash \(examples)/verify.sh"
        }
    }

    @Test(
        "each example verifies a webhook, also during a rotation, and refuses another secret, another body and an old time",
        arguments: [
            "verify.py", "verify.mjs", "verify.php", "verify.rb", "verify.go", "Verify.java", "verify.swift",
            "verify.sh", "verify.sh (bash)",
        ])
    func verifies(name: String) throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "verify-\(UInt32.random(in: 0...UInt32.max))"
        ).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(Self.body.utf8).write(to: URL(filePath: "\(directory)/body"))
        try Data("\(Self.body) ".utf8).write(to: URL(filePath: "\(directory)/changed"))
        let now = SystemClock().now().unixSeconds
        func run(_ signature: String, at time: String = "\(now)", body: String = "body", secret: String = Self.secret)
            -> (code: Int32, output: String)
        {
            Shell.status(
                "bash",
                ["-c", "(\(Self.command(name, directory)) evt_1 '\(time)' '\(signature)') < \(directory)/\(body)"],
                environment: ["WEBHOOK_SECRET": secret])
        }
        func signature(_ secret: String, at time: Int64 = now) -> String {
            WebhookSignature.standard(secret: secret, id: "evt_1", timestamp: time, body: Array(Self.body.utf8))
        }
        let other = SecureRandom.bytes(count: 32).hexText
        let (right, wrong) = (signature(Self.secret), signature(other))
        let valid = run(right)
        #expect(valid.code == 0 && valid.output == "valid", "\(valid)")
        #expect(run("\(wrong) \(right)").code == 0)
        #expect(run(right, secret: "whsec_\(Self.secret)").code == 0)
        for refused in [
            run(wrong), run(right, body: "changed"), run(signature(Self.secret, at: now - 400), at: "\(now - 400)"),
            run("v2,\(right.dropFirst(3))"), run("v1,"), run("v1,\u{e4}"), run(""), run(signature(""), secret: ""),
            run("v1,", secret: "whsec_"),
            run(right, at: "soon"), run(right, at: ""), run(right, at: "0999"),
            run(right, at: String(repeating: "9", count: 320)), run(right, at: "now[$(touch \(directory)/ran)]"),
        ] {
            #expect(refused.code == 1 && refused.output.contains("not valid"), "\(refused)")
        }
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/ran"))
    }

    @Test("every example is tested, and the page about webhooks names it")
    func all() throws {
        let page = try String(contentsOfFile: "\(TestPlace.root)/docs/webhooks.md", encoding: .utf8)
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.examples)
        #expect(names.count == 8)
        for name in names { #expect(page.contains("../examples/webhooks/\(name)"), "\(name)") }
    }
}
