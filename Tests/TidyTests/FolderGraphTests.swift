import Foundation
import Testing

@Suite("The graph of folders")
struct FolderGraphTests {
    private static let list = SourceFile.root.appending(path: "Tests/TidyTests/folder-graph.txt")

    @Test("a folder uses only the folders that folder-graph.txt lists for it, and every listed arrow is used")
    func listed() throws {
        let graph = try FolderGraph(SourceFile.sources)
        let found = graph.arrows.sorted().map(\.description)
        let text = try String(contentsOf: Self.list, encoding: .utf8)
        let listed = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
        #expect(found.count > 100)
        #expect(Set(found).subtracting(listed).sorted() == [], "arrows that folder-graph.txt does not list")
        #expect(Set(listed).subtracting(found).sorted() == [], "arrows that no code uses any more")
    }

    @Test("no folder depends on itself through others")
    func acyclic() throws {
        #expect(try FolderGraph(SourceFile.sources).cycle == nil)
    }

    @Test("a cycle is found, and so is a use of another folder's type")
    func detects() throws {
        let one = SourceFile(path: "Sources/One/A.swift", lines: ["package struct Alpha {", "    let beta: Beta", "}"])
        let two = SourceFile(path: "Sources/Two/B.swift", lines: ["enum Beta {", "    // Gamma, \"Alpha\"", "}"])
        let graph = try FolderGraph([one, two])
        #expect(graph.arrows == [FolderGraph.Arrow(from: "One", to: "Two")])
        #expect(graph.cycle == nil)
        let back = SourceFile(path: "Sources/Two/C.swift", lines: ["extension Alpha {}"])
        #expect(try FolderGraph([one, two, back]).cycle == ["One", "Two"])
    }
}
