import Foundation

/// Which folders of `Sources` use types that other folders declare.
///
/// It is computed from text: the names that files declare at their top level, and the places where those names occur.
struct FolderGraph {
    struct Arrow: Hashable, Comparable, CustomStringConvertible {
        let from: String
        let to: String

        var description: String { "\(from) -> \(to)" }

        static func < (left: Arrow, right: Arrow) -> Bool { (left.from, left.to) < (right.from, right.to) }
    }

    let arrows: Set<Arrow>

    init(_ files: [SourceFile]) throws {
        let declaration = try Regex<(Substring, Substring)>(
            #"^(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:package|internal|final|indirect|nonisolated)\s+)*(?:struct|class|enum|protocol|actor|typealias)\s+([A-Z]\w*)"#
        ).anchorsMatchLineEndings()
        let name = try Regex(#"\b[A-Z]\w*"#)
        let texts = files.map { ($0.folder, Self.withoutComments($0)) }
        var declared: [String: Set<String>] = [:]
        for (folder, text) in texts {
            for match in text.matches(of: declaration) {
                declared[String(match.output.1), default: []].insert(folder)
            }
        }
        var arrows: Set<Arrow> = []
        for (folder, text) in texts {
            for word in Set(text.matches(of: name).map { String(text[$0.range]) }) {
                // A name that several folders declare is left out: text alone does not tell which is meant.
                guard let homes = declared[word], !homes.contains(folder), homes.count == 1 else { continue }
                arrows.formUnion(homes.map { Arrow(from: folder, to: $0) })
            }
        }
        self.arrows = arrows
    }

    init(arrows: Set<Arrow>) {
        self.arrows = arrows
    }

    /// One list of folders that lead back to the first, if there is any.
    var cycle: [String]? {
        let next = Dictionary(grouping: arrows.sorted(), by: \.from).mapValues { $0.map(\.to) }
        var finished: Set<String> = []
        var path: [String] = []
        func visit(_ folder: String) -> [String]? {
            if let start = path.firstIndex(of: folder) { return Array(path[start...]) }
            guard !finished.contains(folder) else { return nil }
            path.append(folder)
            defer {
                path.removeLast()
                finished.insert(folder)
            }
            for neighbour in next[folder] ?? [] {
                if let cycle = visit(neighbour) { return cycle }
            }
            return nil
        }
        for folder in next.keys.sorted() {
            if let cycle = visit(folder) { return cycle }
        }
        return nil
    }

    /// The file's code without comments and without the text of string literals; what is interpolated is code.
    private static func withoutComments(_ file: SourceFile) -> String {
        var isInText = false
        var kept: [String] = []
        for (_, line) in file.code {
            var parts: [String] = []
            for part in line.components(separatedBy: "\"\"\"") {
                if !parts.isEmpty { isInText.toggle() }
                parts.append(isInText ? interpolations(part) : withoutTexts(part))
            }
            kept.append(parts.joined(separator: " "))
        }
        return kept.joined(separator: "\n")
    }

    private static func withoutTexts(_ line: String) -> String {
        line.replacing(#/"(?:\\.|[^"\\])*"/#) { "\"\" " + interpolations(String($0.output)) }
    }

    /// The code in `\(…)` of a text.
    private static func interpolations(_ text: String) -> String {
        text.components(separatedBy: "\\(").dropFirst().map { rest in
            var depth = 1
            return rest.prefix { character in
                depth += character == "(" ? 1 : character == ")" ? -1 : 0
                return depth > 0
            } + " "
        }.joined()
    }
}
