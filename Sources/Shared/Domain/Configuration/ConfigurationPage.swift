internal import Platform

/// The reference of all settings, as Markdown.
package enum ConfigurationPage {
    package static var markdown: String {
        var text = """
            # Configuration

            Drape is configured by environment variables. A variable `NAME` may instead come as `NAME_FILE`, the path of a
            file that holds the value (systemd credentials, container secrets). All faults are reported together at start,
            with exit status 78. This page is generated: `drapectl configuration`.

            | variable | what it is | allowed | otherwise |
            |---|---|---|---|

            """
        for setting in Settings.all {
            let fallback = setting.fallback.map { $0.isEmpty ? "none" : "`\($0)`" } ?? "not set"
            text += "| `\(setting.name)` | \(setting.summary) | \(setting.allowed) | \(fallback) |\n"
        }
        return text
    }
}
