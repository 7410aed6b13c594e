import Foundation

/// One Swift file of the project, as text.
struct SourceFile: Sendable, CustomStringConvertible {
    let path: String
    let lines: [String]

    var description: String { path }
    var name: String { URL(filePath: path).lastPathComponent }

    /// The path of its folder below `Sources`.
    var folder: String { URL(filePath: path).deletingLastPathComponent().relativePath.replacing("Sources/", with: "") }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Swift files below a folder of the project, sorted by path.
    static func all(below folder: String) -> [SourceFile] {
        let base = root.appending(path: folder)
        let found = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
        let urls = (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
        return urls.sorted { $0.path < $1.path }.map { url in
            let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
            let path = String(url.path.dropFirst(root.path.count + 1))
            return SourceFile(path: path, lines: text.components(separatedBy: "\n"))
        }
    }

    static let sources = all(below: "Sources")
    static let tests = all(below: "Tests")

    /// Lines, numbered from 1, without the text after `//`.
    var code: [(number: Int, text: String)] {
        lines.enumerated().map { index, line in
            (index + 1, line.range(of: "//").map { String(line[..<$0.lowerBound]) } ?? line)
        }
    }

    /// The comment lines directly above a line; attributes between them are included.
    func comment(above number: Int) -> String {
        var text: [String] = []
        var index = number - 2
        while index >= 0 {
            let line = lines[index].trimmingCharacters(in: .whitespaces)
            guard line.hasPrefix("//") || line.hasPrefix("@") else { break }
            text.append(line)
            index -= 1
        }
        return text.reversed().joined(separator: "\n")
    }
}
