package import Platform

/// The settings that both daemons read.
package struct DaemonConfiguration: Sendable {
    package let logLevel: LogLevel
    package let drainTimeout: Duration
    package let appEnvironment: AppEnvironment
    package let database: MySQLEndpoint
    package let databaseThreadsMax: Int
    package let redis: RedisEndpoint
    package let redisTimeout: Duration
    package let secretKey: SecretKey
    package let publicURL: String
    package let objectsDirectory: String
    /// Nil: pictures are in the directory.
    package let s3: S3Configuration?
    /// What links to pictures begin with.
    package let linkURL: String
    /// Whether webhooks and garments may be called without TLS.
    package let allowsHTTP: Bool
    package let allowedNetworks: [AddressRange]
    /// Whether production starts with a store that may lose an accepted session.
    package let allowsUnsafeStores: Bool
    /// Nil: those of the system.
    package let nameServers: String?

    /// Reads the common settings, then those of one daemon.
    /// - Parameters:
    ///   - reader: collects the faults.
    ///   - more: reads the daemon's own settings.
    /// - Throws: all faults of the environment together.
    package init(
        _ reader: inout ConfigurationReader, more: (inout ConfigurationReader, AppEnvironment?) -> Void
    ) throws(ConfigurationError) {
        let logLevel = reader.required(Settings.logLevel)
        let drainTimeout = reader.required(Settings.drainSeconds)
        let appEnvironment = reader.required(Settings.appEnvironment)
        let database = reader.required(Settings.databaseURL)
        let databaseThreadsMax = reader.required(Settings.mysqlThreadsMax)
        let redis = reader.required(Settings.redisURL)
        let redisTimeout = reader.required(Settings.redisTimeout)
        let secretKey = reader.required(Settings.secretKey)
        let publicURL = reader.required(Settings.publicURL)
        let objectsDirectory = reader.required(Settings.objectsDirectory)
        let s3 = S3Configuration(&reader)
        let cdnURL = reader.optional(Settings.cdnURL)
        let allowsHTTP = reader.required(Settings.webhookAllowHTTP)
        let allowedNetworks = reader.optional(Settings.webhookAllowNetworks)
        let allowsUnsafeStores = reader.required(Settings.allowUnsafeStores)
        let nameServers = reader.required(Settings.nameServers)
        more(&reader, appEnvironment.found)
        try reader.check()
        self.logLevel = logLevel.value
        self.drainTimeout = drainTimeout.value
        self.appEnvironment = appEnvironment.value
        self.database = database.value.resolved(by: nameServers.value)
        self.databaseThreadsMax = databaseThreadsMax.value
        self.redis = redis.value
        self.redisTimeout = redisTimeout.value
        self.secretKey = secretKey.value
        self.publicURL = publicURL.value
        self.objectsDirectory = objectsDirectory.value
        self.s3 = s3
        linkURL = cdnURL ?? publicURL.value
        self.allowsHTTP = allowsHTTP.value
        self.allowedNetworks = allowedNetworks ?? []
        self.allowsUnsafeStores = allowsUnsafeStores.value
        self.nameServers = nameServers.value.isEmpty ? nil : nameServers.value
    }
}
