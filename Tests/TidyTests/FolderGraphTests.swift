import Foundation
import Testing

@Suite("The graph of folders")
struct FolderGraphTests {
    private static let list = SourceFile.root.appending(path: "Tests/TidyTests/folder-graph.txt")

    @Test("a folder uses only the folders that folder-graph.txt lists for it, and every line is used")
    func listed() throws {
        let arrows = try FolderGraph(SourceFile.sources).arrows.sorted()
        let text = try String(contentsOf: Self.list, encoding: .utf8)
        let listed = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
        #expect(arrows.count > 200)
        let unlisted = arrows.filter { arrow in !listed.contains { Self.line($0, allows: arrow) } }
        #expect(unlisted == [], "arrows that folder-graph.txt does not list")
        let unused = listed.filter { line in !arrows.contains { Self.line(line, allows: $0) } }
        #expect(unused == [], "lines of folder-graph.txt that no code uses any more")
    }

    /// A line is two folders; a folder that ends in `*` stands for all that begin with the rest.
    private static func line(_ line: String, allows arrow: FolderGraph.Arrow) -> Bool {
        func matches(_ pattern: Substring, _ folder: String) -> Bool {
            pattern.hasSuffix("*") ? folder.hasPrefix(pattern.dropLast()) : folder == pattern
        }
        let ends = line.split(separator: " ")
        return ends.count == 3 && matches(ends[0], arrow.from) && matches(ends[2], arrow.to)
    }

    @Test("a line with a star allows all folders that begin like it, and no others")
    func patterns() {
        let arrow = FolderGraph.Arrow(from: "Worker/Jobs", to: "Shared/Platform/Redis")
        #expect(Self.line("Worker* -> Shared/Platform/*", allows: arrow))
        #expect(Self.line("Worker/Jobs -> Shared/Platform/Redis", allows: arrow))
        #expect(!Self.line("Ingress* -> Shared/Platform/*", allows: arrow))
        #expect(!Self.line("Worker/Jobs -> Shared/Platform", allows: arrow))
    }

    @Test("no folder depends on itself through others")
    func acyclic() throws {
        #expect(try FolderGraph(SourceFile.sources).cycle == nil)
    }

    @Test("a cycle is found, and so is a use of another folder's type")
    func detects() throws {
        let one = SourceFile(path: "Sources/One/A.swift", lines: ["package struct Alpha {", "    let beta: Beta", "}"])
        let two = SourceFile(
            path: "Sources/Two/B.swift",
            lines: ["enum Beta {", "    // Gamma, \"Alpha\"", "    let text = \"Alpha\"", "}"])
        let graph = try FolderGraph([one, two])
        #expect(graph.arrows == [FolderGraph.Arrow(from: "One", to: "Two")])
        #expect(graph.cycle == nil)
        let back = SourceFile(path: "Sources/Two/C.swift", lines: ["extension Alpha {}"])
        #expect(try FolderGraph([one, two, back]).cycle == ["One", "Two"])
        let interpolated = SourceFile(path: "Sources/Two/D.swift", lines: ["let text = \"a \\(Alpha.name) b\""])
        #expect(try FolderGraph([one, two, interpolated]).cycle == ["One", "Two"])
        let long = SourceFile(
            path: "Sources/Two/E.swift",
            lines: ["let text = \"\"\"", "Alpha", "\"\"\"", "let other = \"\"\"", "\\(Alpha.name)", "\"\"\""])
        #expect(try FolderGraph([one, two, long]).arrows.count == 2)
    }
}
