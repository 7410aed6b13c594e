internal import Domain
internal import Platform

/// The settings of an ingress process.
struct IngressConfiguration: Sendable {
    let common: DaemonConfiguration
    let port: UInt16
    /// 0: one per core.
    let loops: Int
    /// 0: as many as the limit on file descriptors allows.
    let connectionsMax: Int
    let spoolDirectory: String
    let jwtSecret: [UInt8]
    let trustedProxies: [AddressRange]

    /// - Throws: all faults of the environment together.
    init(environment: [String: String]) throws(ConfigurationError) {
        var reader = ConfigurationReader(environment: environment)
        let port = reader.required(Settings.port)
        let loops = reader.required(Settings.loops)
        let connectionsMax = reader.required(Settings.connectionsMax)
        let spoolDirectory = reader.required(Settings.spoolDirectory)
        let jwtSecret = reader.required(Settings.jwtSecret)
        let trustedProxies = reader.optional(Settings.trustedProxies)
        common = try DaemonConfiguration(&reader) { _, _ in }
        self.port = port.value
        self.loops = loops.value
        self.connectionsMax = connectionsMax.value
        self.spoolDirectory = spoolDirectory.value
        self.jwtSecret = jwtSecret.value
        self.trustedProxies = trustedProxies ?? []
    }
}
