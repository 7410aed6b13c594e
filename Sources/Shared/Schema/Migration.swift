internal import Platform

/// One step of the schema, and the statements that revert it.
package struct Migration: Sendable {
    package let number: Int
    package let name: String
    package let up: [String]
    package let down: [String]

    /// SHA-256 of all statements; a step must not change after it was applied.
    package var checksum: String {
        Digest.sha256(Array((up + ["--"] + down).joined(separator: ";\n").utf8)).hexText
    }

    /// The tables that the step creates.
    var tables: [String] {
        up.compactMap { statement in
            let words = statement.split(whereSeparator: \.isWhitespace)
            return words.starts(with: ["CREATE", "TABLE", "IF", "NOT", "EXISTS"]) ? String(words[5]) : nil
        }
    }

    package static let all: [Migration] = [
        .tenants, .catalogue, .tryons, .webhooks, .usage, .erasures, .upkeep, .webhookOperations, .webhookLimits,
        .pictures,
    ]
}
