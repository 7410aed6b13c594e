internal import Domain
internal import Platform

/// The configuration of a worker process, read from its environment.
struct WorkerConfiguration: Sendable {
    let common: DaemonConfiguration
    let port: UInt16
    let roles: Set<WorkerRole>
    /// The maximum weight of sessions held at once.
    let sessionSlots: Int
    let laneWeightMax: Int
    let deliverySlots: Int
    /// Deliveries of one claim.
    let deliveryBatch: Int
    /// Deliveries that may wait for one webhook.
    let webhookPendingMax: Int
    let renderer: RendererKind
    let models: ModelConfiguration
    let instanceDirectory: String
    let retention: Retention.Periods

    /// - Throws: `ConfigurationError` with every fault of the environment.
    init(environment: [String: String]) throws(ConfigurationError) {
        var reader = ConfigurationReader(environment: environment)
        let port = reader.required(Settings.workerPort)
        let roles = reader.required(Settings.workerRoles)
        let sessionSlots = reader.required(Settings.workerSlots)
        let laneWeightMax = reader.required(Settings.laneCap)
        let deliverySlots = reader.required(Settings.deliverySlots)
        let deliveryBatch = reader.required(Settings.deliveryBatch)
        let webhookPendingMax = reader.required(Settings.webhookPendingMax)
        let renderer = reader.required(Settings.renderer)
        let models = ModelConfiguration(&reader, renderer: renderer.found)
        if let most = sessionSlots.found {
            for setting in [Settings.modelWeight, Settings.fashnWeight] {
                guard let weight = reader.required(setting).found, weight > most else { continue }
                reader.fault(setting.about, "is \(weight), more than DRAPE_WORKER_SLOTS, which is \(most)")
            }
        }
        let instanceDirectory = reader.required(Settings.instanceDirectory)
        let results = reader.required(Settings.retainResultsDays)
        let events = reader.required(Settings.retainEventsDays)
        let sessions = reader.required(Settings.retainSessionsDays)
        common = try DaemonConfiguration(&reader) { reader, appEnvironment in
            if renderer.found == RendererKind.none, appEnvironment == .production {
                reader.fault(
                    Settings.renderer.about, "is none, which makes no pictures and is refused in production")
            }
        }
        guard let models else { preconditionFailure("a fault of the model settings was not reported") }
        self.models = models
        self.port = port.value
        self.roles = roles.value
        self.sessionSlots = sessionSlots.value
        self.laneWeightMax = laneWeightMax.value
        self.deliverySlots = deliverySlots.value
        self.deliveryBatch = deliveryBatch.value
        self.webhookPendingMax = webhookPendingMax.value
        self.renderer = renderer.value
        self.instanceDirectory = instanceDirectory.value
        retention = Retention.Periods(
            resultsDays: results.value, eventsDays: events.value, sessionsDays: sessions.value)
    }
}
