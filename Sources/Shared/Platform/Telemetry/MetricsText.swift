/// Builds the text of one metrics response.
///
/// Source: Prometheus documentation, "Exposition formats", text format 0.0.4.
package struct MetricsText {
    package enum Kind: String {
        case counter, gauge, histogram
    }

    private var text = ""

    package init() {}

    package var bytes: [UInt8] { Array(text.utf8) }

    /// Begins a metric family; its samples must follow.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    package mutating func sample(_ name: String, _ value: Int, labels: [(String, String)] = []) {
        sample(name, text: String(value), labels: labels)
    }

    package mutating func sample(_ name: String, _ value: Double, labels: [(String, String)] = []) {
        sample(name, text: value.description, labels: labels)
    }

    private mutating func sample(_ name: String, text value: String, labels: [(String, String)]) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.0)=\"\(Self.escape($0.1))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    /// Appends a family of one sample without labels.
    package mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        family(name, kind, help)
        sample(name, value)
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
