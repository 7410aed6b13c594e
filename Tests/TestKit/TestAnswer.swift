import Foundation
import Platform

/// An HTTP response, with accessors for tests.
package struct TestAnswer: Sendable, CustomStringConvertible {
    package let status: Int
    /// By name in lower case.
    package let fields: [String: String]
    package let body: [UInt8]

    package var description: String { "\(status) \(text)" }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The value at a path of members and indices: `answer["items.0.id"]`.
    package subscript(_ path: String) -> JSONNode? {
        let parser = JSONParserHandle(bytesMax: 1 << 24)
        guard var node = try? parser.parse(body).root else { return nil }
        for part in path.split(separator: ".") {
            if let index = Int(part), let elements = node.elements {
                guard elements.indices.contains(index) else { return nil }
                node = elements[index]
            } else {
                guard let next = node.members?.first(where: { $0.name == part })?.value else { return nil }
                node = next
            }
        }
        return node
    }

    /// The text at a path; empty if there is none.
    package func string(_ path: String) -> String { self[path]?.string ?? "" }

    package func integer(_ path: String) -> Int64? { self[path]?.integer }

    /// The JSON pointers of a problem's errors.
    package var pointers: [String] {
        self["errors"]?.elements?.compactMap { $0.members?.first { $0.name == "pointer" }?.value.string } ?? []
    }

    package init(_ bytes: [UInt8]) throws {
        let separator = Array("\r\n\r\n".utf8)
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: separator) }) else {
            throw ServerProcess.Failure.notReady("no HTTP answer: \(String(decoding: bytes, as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        fields = Dictionary(
            lines.dropFirst().map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (parts[0].lowercased(), parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
            }, uniquingKeysWith: { first, second in "\(first), \(second)" })
        body = Array(bytes[(end + 4)...])
    }
}
