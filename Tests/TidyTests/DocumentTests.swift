import Domain
import Foundation
import Platform
import Testing

/// Documents that are generated from the code, or that name parts of it.
@Suite("The documents")
struct DocumentTests {
    static func text(_ path: String) throws -> String {
        try String(contentsOf: SourceFile.root.appending(path: path), encoding: .utf8)
    }

    @Test("the page of settings is the one that the code makes")
    func configuration() throws {
        #expect(try Self.text("docs/configuration.md") == ConfigurationPage.markdown)
    }

    @Test("every variable that the code names is on the page of settings")
    func variables() throws {
        let page = try Self.text("docs/configuration.md")
        let pattern = #/"(DRAPE_[A-Z_]+|[A-Z]+_URL)"/#
        // Only `make run` configures the demonstration, whose --help lists its variables.
        for file in SourceFile.sources where !file.path.hasPrefix("Sources/Demonstration/") {
            for (number, line) in file.code {
                for match in line.matches(of: pattern) {
                    #expect(page.contains("`\(match.1)`"), "\(match.1) at \(file):\(number)")
                }
            }
        }
    }

    @Test("the version is the newest of the changelog")
    func version() throws {
        let changelog = try Self.text("CHANGELOG.md")
        let stated =
            changelog.firstMatch(of: #/## \[Unreleased\]\s+The version under development is (\d+\.\d+\.\d+)\./#)
            ?? changelog.firstMatch(of: #/## \[(\d+\.\d+\.\d+)\]/#)
        #expect(stated.map { String($0.output.1) } == BuildVersion.text)
    }

    @Test("every path that a document names exists")
    func paths() throws {
        let files = [
            "README.md", "CONTRIBUTING.md", "docs/ARCHITECTURE.md", "docs/benchmarks.md", "docs/reliability.md",
        ]
        let decisions = try FileManager.default.contentsOfDirectory(
            atPath: SourceFile.root.appending(path: "docs/decisions").path
        ).map { "docs/decisions/\($0)" }
        var count = 0
        for file in files + decisions {
            let found = try Self.text(file).matches(
                of: #/`((?:Sources|Tests|Fuzz|Benchmarks|scripts|docs|deploy|samples)\/[\w.\/-]+)`/#)
            // The examples of CONTRIBUTING are not part of the project.
            for path in found.map({ String($0.output.1) }) where !path.contains("Echo") {
                count += 1
                #expect(
                    FileManager.default.fileExists(atPath: SourceFile.root.appending(path: path).path),
                    "\(path) in \(file)")
            }
        }
        #expect(count > 90)
    }
}
