package import Platform

extension Settings {
    package static let modelURLs = Setting(
        "DRAPE_MODEL_URLS", "Servers of the renderer `model`, which speak the cog protocol.",
        allowed: "1 to 64 http or https URLs without a path, separated by commas", fallback: ""
    ) { text -> [String]? in
        let urls = text.split(separator: ",").map { $0.trimmingPrefix(" ") }.map(String.init)
        return urls.count <= 64 && urls.allSatisfy(isOrigin) ? urls : nil
    }

    package static let modelProfile = Setting(
        "DRAPE_MODEL_PROFILE", "The names of the model's inputs, and its words for categories.",
        allowed: "drape, idm-vton, ootd, or the path of a JSON file", fallback: "drape"
    ) { $0.isEmpty ? nil : $0 }

    package static let modelSlots = Setting(
        "DRAPE_MODEL_SLOTS", "Predictions that a worker has under way at each model server.", allowed: "1 to 64",
        fallback: "1"
    ) { text in bounded(text, 1...64) }

    package static let modelWeight = Setting(
        "DRAPE_MODEL_WEIGHT",
        "Weight in DRAPE_WORKER_SLOTS of a session whose pictures model servers make, whatever its size.",
        allowed: "1 to 1000", fallback: "1"
    ) { text in bounded(text, 1...1_000) }

    package static let modelTimeout = Setting(
        "DRAPE_MODEL_TIMEOUT_SECONDS", "How long one prediction may take, of a model server or of a hosted model.",
        allowed: "1 to 3600", fallback: "120"
    ) { text in bounded(text, 1...3_600).map { Duration.seconds($0) } }

    package static let modelQueueTime = Setting(
        "DRAPE_MODEL_QUEUE_SECONDS",
        "How long after its acceptance a session waits for a model that is away; then its items fail and are refunded.",
        allowed: "10 to 86400", fallback: "1800"
    ) { text in bounded(text, 10...86_400).map { Duration.seconds($0) } }

    package static let fashnURL = Setting(
        "DRAPE_FASHN_URL", "The hosted API of the renderer `fashn`.", allowed: "an http or https URL without a path",
        fallback: "https://api.fashn.ai"
    ) { isOrigin($0) ? $0 : nil }

    package static let fashnKey = Setting(
        "DRAPE_FASHN_API_KEY", "The key of the hosted API; without it the renderer `fashn` cannot be used.",
        allowed: "1 to 255 printable characters", isSecret: true
    ) { text in (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } ? text : nil }

    package static let fashnSlots = Setting(
        "DRAPE_FASHN_SLOTS", "Predictions that a worker has under way at the hosted API.", allowed: "1 to 64",
        fallback: "4"
    ) { text in bounded(text, 1...64) }

    package static let fashnWeight = Setting(
        "DRAPE_FASHN_WEIGHT",
        "Weight in DRAPE_WORKER_SLOTS of a session whose pictures the hosted API makes, whatever its size.",
        allowed: "1 to 1000", fallback: "1"
    ) { text in bounded(text, 1...1_000) }

    static let renderers: [SettingDescription] = [
        modelURLs.about, modelProfile.about, modelSlots.about, modelWeight.about, modelTimeout.about,
        modelQueueTime.about, fashnURL.about, fashnKey.about, fashnSlots.about, fashnWeight.about,
    ]

    /// Whether a text is a URL of a scheme, a host and maybe a port.
    static func isOrigin(_ text: String) -> Bool {
        guard let address = WebAddress(text) else { return false }
        return address.text.split(separator: "/", omittingEmptySubsequences: false).count == 3
    }
}
