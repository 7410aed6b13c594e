internal import Foundation

/// Extracts one field from a multipart body.
///
/// Source: RFC 7578; RFC 2046, section 5.1.1.
enum Multipart {
    /// The content of the first part with this name; nil if there is none, or if the body is malformed.
    static func part(named name: String, in body: [UInt8], type: String) -> [UInt8]? {
        guard let boundary = boundary(of: type) else { return nil }
        let data = Data(body)
        let delimiter = Data("--\(boundary)".utf8)
        guard var found = data.range(of: delimiter), found.lowerBound == 0 else { return nil }
        while let next = data.range(of: Data("\r\n--\(boundary)".utf8), in: found.upperBound..<data.endIndex) {
            let section = data[found.upperBound..<next.lowerBound]
            if let content = content(of: section, named: name) { return Array(content) }
            found = next
        }
        return nil
    }

    private static func boundary(of type: String) -> String? {
        for parameter in type.split(separator: ";").dropFirst() {
            let parts = parameter.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces).lowercased() == "boundary" else {
                continue
            }
            let text = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
            return (1...70).contains(text.utf8.count) ? text : nil
        }
        return nil
    }

    /// The content of a section with this name; a blank line separates its header fields from its content.
    private static func content(of section: Data, named name: String) -> Data? {
        guard let blank = section.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let fields = String(decoding: section[..<blank.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let isWanted = fields.contains { field in
            field.lowercased().hasPrefix("content-disposition:")
                && field.split(separator: ";").contains {
                    $0.trimmingCharacters(in: .whitespaces) == "name=\"\(name)\""
                }
        }
        return isWanted ? section[blank.upperBound...] : nil
    }
}
