import Foundation
import TestKit
import Testing

/// Runs the commands that the README shows, unchanged.
@Suite("The README")
struct ReadmeTests {
    /// The fenced code blocks that call the API.
    private static func examples() throws -> [String] {
        let text = try String(contentsOfFile: "\(TestPlace.root)/README.md", encoding: .utf8)
        let blocks = text.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        return blocks.filter { $0.contains("$DRAPE_URL") }
    }

    @Test("its examples do what it says, from the first request to a picture")
    func examples() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 100)
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        let examples = try Self.examples()
        #expect(examples.count == 2)
        // `make up` writes these into `.run/env`.
        let script = "set -eu; cd \(TestPlace.root)\n" + examples.joined().replacing(". .run/env\n", with: "")
        let run = Shell.status(
            "timeout", ["120", "bash", "-c", script],
            environment: ["DRAPE_URL": "http://localhost:\(stack.port)", "DRAPE_API_KEY": tenant.key])
        #expect(run.code == 0)
        #expect(run.output.contains(#"{"balance":100,"held":0,"available":100}"#))
        #expect(run.output.contains(#""externalId":"shopper-42""#))
        #expect(run.output.contains(#""status":"completed""#), "\(run.output)")
        #expect(run.output.contains("/files/enterprise/"))
        worker.kill()
    }
}
