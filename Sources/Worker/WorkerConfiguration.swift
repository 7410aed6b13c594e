internal import Shared

/// All that a worker process is told from outside.
struct WorkerConfiguration: Sendable {
    var port: UInt16
    var logLevel: LogLevel
    var drainTimeout: Duration
    var database: MySQLEndpoint
    var databaseThreadsMax: Int
    var redis: RedisEndpoint
    var redisTimeout: Duration
    var secretKey: SecretKey
    var publicURL: String
    var slots: Int
    var laneCap: Int
    var deliverySlots: Int
    var renderer: RendererKind
    var instanceDirectory: String
    var objectsDirectory: String
    var allowsHTTP: Bool
    var allowedNetworks: [AddressRange]

    /// - Throws: every fault of the environment together.
    init(environment: [String: String]) throws(ConfigurationError) {
        var reader = ConfigurationReader(environment: environment)
        let port = reader.required(Settings.workerPort)
        let logLevel = reader.required(Settings.logLevel)
        let drainTimeout = reader.required(Settings.drainSeconds)
        let database = reader.required(Settings.databaseURL)
        let databaseThreadsMax = reader.required(Settings.mysqlThreadsMax)
        let redis = reader.required(Settings.redisURL)
        let redisTimeout = reader.required(Settings.redisTimeout)
        let secretKey = reader.required(Settings.secretKey)
        let publicURL = reader.required(Settings.publicURL)
        let slots = reader.required(Settings.workerSlots)
        let laneCap = reader.required(Settings.laneCap)
        let deliverySlots = reader.required(Settings.deliverySlots)
        let renderer = reader.required(Settings.renderer)
        let instanceDirectory = reader.required(Settings.instanceDirectory)
        let objectsDirectory = reader.required(Settings.objectsDirectory)
        let allowsHTTP = reader.required(Settings.webhookAllowHTTP)
        let allowedNetworks = reader.optional(Settings.webhookAllowNetworks)
        let appEnvironment = reader.required(Settings.appEnvironment)
        if renderer == RendererKind.none, appEnvironment == .production {
            reader.fault(Settings.renderer.about, "is none, which makes no pictures and is refused in production")
        }
        try reader.check()
        guard let port, let logLevel, let drainTimeout, let database, let databaseThreadsMax, let redis,
            let redisTimeout, let secretKey, let publicURL, let slots, let laneCap, let renderer, let instanceDirectory,
            let objectsDirectory, let allowsHTTP, let deliverySlots
        else { preconditionFailure("a setting without a value and without a fault") }
        self.port = port
        self.logLevel = logLevel
        self.drainTimeout = drainTimeout
        self.database = database
        self.databaseThreadsMax = databaseThreadsMax
        self.redis = redis
        self.redisTimeout = redisTimeout
        self.secretKey = secretKey
        self.publicURL = publicURL
        self.slots = slots
        self.laneCap = laneCap
        self.deliverySlots = deliverySlots
        self.renderer = renderer
        self.instanceDirectory = instanceDirectory
        self.objectsDirectory = objectsDirectory
        self.allowsHTTP = allowsHTTP
        self.allowedNetworks = allowedNetworks ?? []
    }
}
