/// Every variable that Drape reads.
///
/// `docs/configuration.md` is generated from this page.
package enum Settings {
    package static let port = Setting(
        "PORT", "The port on which the ingress listens.", allowed: "a port from 1 to 65535, or 0 for any free one",
        fallback: "2152"
    ) { UInt16($0) }

    package static let loops = Setting(
        "DRAPE_LOOPS", "Event-loop threads of the ingress.", allowed: "1 to 64, or auto: one a core",
        fallback: "auto"
    ) { text in bounded(text, 0...64, auto: 0) }

    package static let logLevel = Setting(
        "DRAPE_LOG_LEVEL", "The least important lines that are logged.",
        allowed: LogLevel.allCases.map(\.description).joined(separator: ", "), fallback: "info"
    ) { LogLevel($0) }

    package static let drainSeconds = Setting(
        "DRAPE_DRAIN_SECONDS", "How long a stopping process waits for the work under way.",
        allowed: "1 to 600", fallback: "25"
    ) { text in bounded(text, 1...600).map { Duration.seconds($0) } }

    package static let connectionsMax = Setting(
        "DRAPE_CONNECTIONS_MAX", "Client connections of one ingress process.",
        allowed: "16 to 1000000, or auto: what the limit on open files leaves", fallback: "auto"
    ) { text in bounded(text, 16...1_000_000, auto: 0) }

    package static let spoolDirectory = Setting(
        "DRAPE_SPOOL_DIR", "Where large request bodies are kept while they arrive.",
        allowed: "a directory on a file system with O_TMPFILE", fallback: "/tmp"
    ) { $0.hasPrefix("/") ? $0 : nil }

    package static let all: [SettingDescription] = [
        port.about, loops.about, logLevel.about, drainSeconds.about, connectionsMax.about, spoolDirectory.about,
    ]

    /// A whole number within bounds; `auto` where a stand-in for it is given.
    static func bounded(_ text: String, _ range: ClosedRange<Int>, auto: Int? = nil) -> Int? {
        if let auto, text == "auto" { return auto }
        guard let number = Int(text), range.contains(number), number != auto else { return nil }
        return number
    }
}
