internal import Dispatch
internal import Domain
internal import Platform
internal import Synchronization

/// The connections of a command to both stores.
final class ControlStores {
    let loop: EventLoop
    let redis: RedisStore
    let mysql: MySQLPool
    /// The configured name servers; nil: those of the system.
    let nameServers: String?
    /// A rule of the audit may read every row.
    private static let commandSeconds: UInt32 = 3_600
    private static let connectMax = Duration.seconds(5)

    private init(_ loop: EventLoop, _ configuration: Configuration, shardCount: Int, _ logger: Logger) {
        self.loop = loop
        nameServers = configuration.nameServers
        let resolver = HostResolver(loop: loop, servers: configuration.nameServers)
        redis = RedisStore(keys: RedisKeys(shardCount: shardCount)) {
            RedisConnection(
                loop: loop, endpoint: configuration.redis, resolver: resolver, timeout: .seconds(30),
                scripts: DomainScripts.all + ControlScripts.all,
                logger: logger, statistics: RedisStatistics())
        }
        mysql = MySQLPool(
            endpoint: configuration.database, threadsMin: 1, threadsMax: 4, commandSeconds: Self.commandSeconds,
            logger: logger)
    }

    private struct Configuration: Sendable {
        let database: MySQLEndpoint
        let redis: RedisEndpoint
        let nameServers: String?
    }

    /// Runs `body` on a loop with connections to both stores, and returns its value.
    static func run<Value: Sendable>(
        _ environment: [String: String],
        _ body: @escaping @Sendable (ControlStores) async -> Result<Value, CommandFailure>
    ) throws -> Value {
        var reader = ConfigurationReader(environment: environment)
        let (database, redis) = (reader.required(Settings.databaseURL), reader.required(Settings.redisURL))
        let servers = reader.required(Settings.nameServers)
        try reader.check()
        let configuration = Configuration(
            database: database.value.resolved(by: servers.value), redis: redis.value,
            nameServers: servers.value.isEmpty ? nil : servers.value)
        let shardCount = try ShardCount.read(configuration.database)
        let writer = LogWriter(to: 2)
        let logger = Logger(writer: writer, component: "drapectl", level: .error)
        let thread = try LoopThread(name: "control")
        let ended = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Value, CommandFailure>?>(nil)
        _ = thread.run {
            let stores = ControlStores(thread.loop, configuration, shardCount: shardCount, logger)
            let result =
                await stores.isConnected() ? await body(stores) : .failure(CommandFailure("Redis is not reachable"))
            stores.redis.close()
            stores.mysql.close()
            outcome.withLock { $0 = result }
            ended.signal()
        }
        ended.wait()
        thread.stop()
        writer.close()
        guard let result = outcome.withLock({ $0 }) else { throw CommandFailure("the command did not end") }
        return try result.get()
    }

    private func isConnected() async -> Bool {
        redis.start()
        await redis.waitUntilReady(on: loop, atMost: Self.connectMax)
        return redis.isReady
    }

    /// The time of Redis's clock, in ms since 1970: what its scripts compare times with.
    func redisUnixMs() async throws(RedisError) -> Int64 {
        let reply = try await redis.send(RedisCommand("TIME"), to: redis.keys.slot(ofShard: 0))
        guard let parts = reply.elements, parts.count == 2, let seconds = parts[0].integer, let us = parts[1].integer
        else { throw .unexpectedReply("\(reply)") }
        return seconds * 1_000 + us / 1_000
    }

    /// Runs work in the database.
    func ask<Value: Sendable>(
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Value
    ) async -> Result<Value, CommandFailure> {
        await mysql.attempt(work).mapError { CommandFailure($0) }
    }
}
