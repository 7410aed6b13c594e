/// The types of events that a webhook subscribes to: one type, all that begin with the same words, or all.
package struct EventTypePattern: Hashable, Sendable {
    /// `tryon.completed`, `tryon.*` or `*`.
    package let text: String
    /// The longest text, in characters.
    package static let lengthMax = 100

    /// Reads a pattern; nil if the text is none.
    package init?(_ text: String) {
        let type = text.hasSuffix(".*") ? String(text.dropLast(2)) : text
        guard text == "*" || (text.utf8.count <= Self.lengthMax && EventType.isValid(type)) else { return nil }
        self.text = text
    }

    /// Reads the patterns that a webhook's row has.
    package static func list(_ text: String) -> [EventTypePattern] {
        text.split(separator: " ").compactMap { EventTypePattern(String($0)) }
    }

    package func matches(_ type: String) -> Bool {
        if text == "*" || text == type { return true }
        return text.hasSuffix(".*") && type.hasPrefix(text.dropLast(1))
    }
}

/// The name of a kind of event: words of lower-case letters, digits and underscores, divided by dots.
package enum EventType {
    package static let lengthMax = 100

    package static func isValid(_ text: String) -> Bool {
        guard (1...lengthMax).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty
                && word.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f }
        }
    }
}
