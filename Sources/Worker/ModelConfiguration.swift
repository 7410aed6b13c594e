internal import Domain
internal import Foundation
internal import Platform

/// The settings of the renderers that call models.
struct ModelConfiguration: Sendable {
    let urls: [String]
    let profile: ModelProfile
    let slots: Int
    let timeout: Duration
    let queueTime: Duration
    let fashnURL: String
    let fashnKey: String?
    let fashnSlots: Int
    /// The weight of a session, where it does not depend on its items.
    let weights: [RendererKind: Int]

    /// The renderers that can be used with these settings.
    var kinds: Set<RendererKind> {
        var kinds: Set<RendererKind> = [.compositor]
        if !urls.isEmpty { kinds.insert(.model) }
        if fashnKey != nil { kinds.insert(.fashn) }
        return kinds
    }

    /// Reads the settings; nil if the reader has recorded a fault.
    init?(_ reader: inout ConfigurationReader, renderer: RendererKind?) {
        let urls = reader.optional(Settings.modelURLs)
        let name = reader.required(Settings.modelProfile).found
        let slots = reader.required(Settings.modelSlots).found
        let timeout = reader.required(Settings.modelTimeout).found
        let queueTime = reader.required(Settings.modelQueueTime).found
        let fashnURL = reader.required(Settings.fashnURL).found
        let fashnSlots = reader.required(Settings.fashnSlots).found
        let modelWeight = reader.required(Settings.modelWeight).found
        let fashnWeight = reader.required(Settings.fashnWeight).found
        fashnKey = reader.optional(Settings.fashnKey)
        var profile: ModelProfile?
        if let name {
            do throws(ModelProfileError) {
                profile = try ModelProfile.named(name) { path in
                    FileManager.default.contents(atPath: path).map { Array($0) }
                }
            } catch {
                reader.fault(
                    Settings.modelProfile.about,
                    "is \"\(name)\", which \(error.problem); allowed: \(Settings.modelProfile.about.allowed)")
            }
        }
        if renderer == .model, urls?.isEmpty == true {
            reader.fault(Settings.modelURLs.about, "is not set, but DRAPE_RENDERER is model")
        }
        if renderer == .fashn, fashnKey == nil {
            reader.fault(Settings.fashnKey.about, "is not set, but DRAPE_RENDERER is fashn")
        }
        guard let urls, let profile, let slots, let timeout, let queueTime, let fashnURL, let fashnSlots,
            let modelWeight, let fashnWeight
        else { return nil }
        self.urls = urls
        self.profile = profile
        self.slots = slots
        self.timeout = timeout
        self.queueTime = queueTime
        self.fashnURL = fashnURL
        self.fashnSlots = fashnSlots
        weights = [.model: modelWeight, .fashn: fashnWeight]
    }
}
