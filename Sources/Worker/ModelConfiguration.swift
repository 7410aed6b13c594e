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
    /// What the sessions of an organisation may hold of the worker's slots; empty if no model is configured.
    ///
    /// As many sessions wait as there are predictions under way.
    let shares: [RendererKind: LaneShare]

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
        var shares: [RendererKind: LaneShare] = [:]
        if !urls.isEmpty { shares[.model] = LaneShare(jobsMax: 2 * slots * urls.count, weight: modelWeight) }
        if fashnKey != nil { shares[.fashn] = LaneShare(jobsMax: 2 * fashnSlots, weight: fashnWeight) }
        self.shares = shares
    }
}
