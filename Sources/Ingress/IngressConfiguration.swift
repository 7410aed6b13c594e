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

    /// - Throws: every fault of the environment together.
    init(environment: [String: String]) throws(ConfigurationError) {
        var reader = ConfigurationReader(environment: environment)
        let port = reader.required(Settings.port)
        let loops = reader.required(Settings.loops)
        let logLevel = reader.required(Settings.logLevel)
        let drainTimeout = reader.required(Settings.drainSeconds)
        let connectionsMax = reader.required(Settings.connectionsMax)
        let spoolDirectory = reader.required(Settings.spoolDirectory)
        try reader.check()
        guard let port, let loops, let logLevel, let drainTimeout, let connectionsMax, let spoolDirectory else {
            preconditionFailure("a setting without a value and without a fault")
        }
        self.port = port
        self.loops = loops
        self.logLevel = logLevel
        self.drainTimeout = drainTimeout
        self.connectionsMax = connectionsMax
        self.spoolDirectory = spoolDirectory
    }
}
