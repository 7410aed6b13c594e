/// One step of the schema, and the way back.
package struct Migration: Sendable {
    package let number: Int
    package let name: String
    package let up: [String]
    package let down: [String]

    /// SHA-256 of both ways: a step that was applied must never change.
    package var checksum: String {
        Digest.sha256(Array((up + ["--"] + down).joined(separator: ";\n").utf8)).hexText
    }

    package static let all: [Migration] = [.tenants, .catalogue, .tryons, .webhooks, .usage]
}
