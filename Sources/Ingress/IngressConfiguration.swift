internal import Shared

/// All that an ingress process is told from outside.
struct IngressConfiguration: Sendable {
    var port: UInt16
    /// 0: one a core.
    var loops: Int
    var logLevel: LogLevel
    var drainTimeout: Duration
    /// 0: what the limit on open files leaves.
    var connectionsMax: Int
    var spoolDirectory: String
    var appEnvironment: AppEnvironment
    var database: MySQLEndpoint
    var databaseThreadsMax: Int
    var redis: RedisEndpoint
    var redisTimeout: Duration
    var jwtSecret: [UInt8]
    var secretKey: SecretKey
    var trustedProxies: [AddressRange]
    var publicURL: String
    var objectsDirectory: String
    var allowsHTTP: Bool
    var allowedNetworks: [AddressRange]

    /// - Throws: every fault of the environment together.
    init(environment: [String: String]) throws(ConfigurationError) {
        var reader = ConfigurationReader(environment: environment)
        let port = reader.required(Settings.port)
        let loops = reader.required(Settings.loops)
        let logLevel = reader.required(Settings.logLevel)
        let drainTimeout = reader.required(Settings.drainSeconds)
        let connectionsMax = reader.required(Settings.connectionsMax)
        let spoolDirectory = reader.required(Settings.spoolDirectory)
        let appEnvironment = reader.required(Settings.appEnvironment)
        let database = reader.required(Settings.databaseURL)
        let databaseThreadsMax = reader.required(Settings.mysqlThreadsMax)
        let redis = reader.required(Settings.redisURL)
        let redisTimeout = reader.required(Settings.redisTimeout)
        let jwtSecret = reader.required(Settings.jwtSecret)
        let secretKey = reader.required(Settings.secretKey)
        let trustedProxies = reader.optional(Settings.trustedProxies)
        let publicURL = reader.required(Settings.publicURL)
        let objectsDirectory = reader.required(Settings.objectsDirectory)
        let allowsHTTP = reader.required(Settings.webhookAllowHTTP)
        let allowedNetworks = reader.optional(Settings.webhookAllowNetworks)
        try reader.check()
        guard let port, let loops, let logLevel, let drainTimeout, let connectionsMax, let spoolDirectory,
            let appEnvironment, let database, let databaseThreadsMax, let redis, let redisTimeout, let jwtSecret,
            let secretKey, let publicURL, let objectsDirectory,
            let allowsHTTP
        else { preconditionFailure("a setting without a value and without a fault") }
        self.port = port
        self.loops = loops
        self.logLevel = logLevel
        self.drainTimeout = drainTimeout
        self.connectionsMax = connectionsMax
        self.spoolDirectory = spoolDirectory
        self.appEnvironment = appEnvironment
        self.database = database
        self.databaseThreadsMax = databaseThreadsMax
        self.redis = redis
        self.redisTimeout = redisTimeout
        self.jwtSecret = jwtSecret
        self.secretKey = secretKey
        self.trustedProxies = trustedProxies ?? []
        self.publicURL = publicURL
        self.objectsDirectory = objectsDirectory
        self.allowsHTTP = allowsHTTP
        self.allowedNetworks = allowedNetworks ?? []
    }
}
