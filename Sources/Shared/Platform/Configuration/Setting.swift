/// One environment variable: its name, what it means, and how its text is read.
package struct Setting<Value: Sendable>: Sendable {
    package let about: SettingDescription
    package let parse: @Sendable (String) -> Value?

    package init(
        _ name: String, _ summary: String, allowed: String, fallback: String? = nil, isSecret: Bool = false,
        parse: @escaping @Sendable (String) -> Value?
    ) {
        about = SettingDescription(
            name: name, summary: summary, allowed: allowed, fallback: fallback, isSecret: isSecret)
        self.parse = parse
    }
}

/// The documentation of a setting.
package struct SettingDescription: Sendable {
    package let name: String
    package let summary: String
    package let allowed: String
    /// The text used if the variable is not set; nil if there is none.
    package let fallback: String?
    package let isSecret: Bool
}
