import Domain
import Foundation
import Testing

/// The rules of the code style that can be checked by counting or searching.
///
/// CONTRIBUTING.md gives the reason for each.
@Suite("The house style")
struct TidyTests {
    @Test("there are sources to look at")
    func nonEmpty() {
        #expect(SourceFile.sources.count > 40)
        #expect(SourceFile.sources.allSatisfy { $0.lines.count > 1 })
    }

    @Test("no file is longer than 400 lines, and one past 300 says why in its first comment")
    func fileLength() {
        for file in SourceFile.sources + SourceFile.tests {
            #expect(file.lines.count <= 400, "\(file)")
            if file.lines.count > 300 {
                #expect(file.lines.first?.hasPrefix("// Longer than 300 lines because") == true, "\(file)")
            }
        }
    }

    @Test("no function is longer than 70 lines")
    func functionLength() {
        for file in SourceFile.sources {
            for (number, text) in file.code where Self.opensFunction(text) {
                let indent = text.prefix { $0 == " " }
                let end = file.lines[number...].firstIndex { $0 == indent + "}" } ?? number
                #expect(end - number + 1 <= 70, "\(file):\(number)")
            }
        }
    }

    private static func opensFunction(_ text: String) -> Bool {
        text.contains("func ") || text.trimmingCharacters(in: .whitespaces).hasPrefix("init(")
            || text.contains(" init(")
    }

    static let banned: [(String, String)] = [
        (#"\btry!"#, "a forced try"),
        (#"\bas!"#, "a forced cast"),
        (#"\bfatalError\("#, "fatalError"),
        (#"\bpublic "#, "public"),
        (#"\[String: Any\]"#, "an untyped dictionary"),
        (#"\bFIXME\b|\bTODO\b|\bXXX\b"#, "unfinished work"),
        (#"catch \{\s*\}"#, "an empty catch"),
        (#"_ = try\?"#, "a swallowed failure"),
        (#"\busleep\(|Thread\.sleep"#, "a blocking sleep"),
    ]

    @Test("what the house does not write is not written", arguments: banned)
    func bannedWords(pattern: String, name: String) throws {
        let expression = try Regex(pattern)
        for file in SourceFile.sources {
            for (number, text) in file.code {
                #expect(text.firstMatch(of: expression) == nil, "\(name) at \(file):\(number)")
            }
        }
    }

    @Test("a promise that the compiler cannot check is under its invariant")
    func invariants() {
        for file in SourceFile.sources {
            for (number, text) in file.code
            where text.contains("@unchecked Sendable") || text.contains("nonisolated(unsafe)") {
                #expect(file.comment(above: number).contains("Invariant:"), "\(file):\(number)")
            }
        }
    }

    @Test("no file is a drawer")
    func fileNames() {
        let drawers = ["Manager", "Helper", "Util", "Common", "Misc", "Base.swift", "+", "Extensions"]
        for file in SourceFile.sources {
            #expect(!drawers.contains { file.name.contains($0) }, "\(file)")
        }
    }

    @Test("C libraries are imported by the files that own their handles, and by no other")
    func cImports() {
        let modules = ["CLinux", "CHiredis", "CMariaDB", "CCurl", "CCares", "CCrypto", "CVips", "CSimdJSON", "CZlib"]
        for file in SourceFile.sources {
            for (number, text) in file.code where text.contains("import C") {
                guard modules.contains(where: { text.hasSuffix("import \($0)") }) else { continue }
                let isAllowed = file.name.hasSuffix("Handle.swift") || file.path.contains("/Crypto/")
                #expect(isAllowed, "\(file):\(number)")
            }
        }
    }

    @Test("SQL is in *Statements.swift, Lua in *Script.swift and *Lua.swift, Redis keys in RedisKeys.swift")
    func placesOfLanguages() throws {
        let sql = try Regex(
            #""?\b(SELECT .* FROM|INSERT INTO|UPDATE [a-z_]+ SET|DELETE FROM|CREATE TABLE|ALTER TABLE)\b"#)
        for file in SourceFile.sources {
            for (number, text) in file.code {
                let isPlaceOfSQL =
                    file.name.hasSuffix("Statements.swift") || file.name == "InsertStatement.swift"
                    || file.path.hasPrefix("Sources/Shared/Schema/")
                if !isPlaceOfSQL {
                    #expect(text.firstMatch(of: sql) == nil, "SQL at \(file):\(number)")
                }
                if !file.name.hasSuffix("Script.swift"), !file.name.hasSuffix("Lua.swift") {
                    #expect(!text.contains("redis.call"), "Lua at \(file):\(number)")
                }
                if file.name != "RedisKeys.swift", !file.name.hasSuffix("Script.swift") {
                    #expect(!text.contains("{s\\("), "a Redis key at \(file):\(number)")
                }
            }
        }
    }

    @Test("no test is skipped, and none blocks a thread to wait")
    func testsRun() throws {
        let pattern = try Regex(#"\.disabled\(|XCTSkip|withKnownIssue|Thread\.sleep|usleep\("#)
        for file in SourceFile.tests
        where file.name != "TidyTests.swift" && !file.path.contains("/TestKit/") {
            for (number, text) in file.code {
                #expect(text.firstMatch(of: pattern) == nil, "\(file):\(number)")
            }
        }
    }
}
