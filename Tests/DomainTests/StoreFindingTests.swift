import Platform
import TestKit
import Testing

@testable import Domain

/// What is found in the settings of real stores.
@Suite("Findings in the settings of stores")
struct StoreFindingTests {
    /// A setting, what was found, and whether it endangers what was accepted.
    private struct Found: Hashable, CustomStringConvertible {
        let setting: String
        let value: String
        let severity: StoreFinding.Severity

        init(_ setting: String, _ value: String, _ severity: StoreFinding.Severity = .unsafe) {
            self.setting = setting
            self.value = value
            self.severity = severity
        }

        init(_ finding: StoreFinding) {
            self.init(finding.setting, finding.found, finding.severity)
        }

        var description: String { "\(setting) \(value) \(severity.rawValue)" }
    }

    private static func connection(_ server: MariaDBServer) throws -> MySQLConnection {
        MySQLConnection(try #require(MySQLEndpoint(server.makeSchema().url)))
    }

    /// The findings for a process that may open this many connections.
    private static func findings(_ connection: MySQLConnection, connections: Int = 4) throws -> Set<Found> {
        Set(try MariaDBSettings(connection).findings(connections: connections, open: 1).map(Found.init))
    }

    @Test("a MariaDB with safe settings and enough room has no finding")
    func safe() throws {
        let connection = try Self.connection(try MariaDBServer.shared())
        defer { connection.close() }
        #expect(try Self.findings(connection) == [])
    }

    @Test(
        "a session that would change values silently, or has another time zone, is found",
        arguments: [
            ("sql_mode = ''", "sql_mode", ""), ("sql_mode = 'STRICT_TRANS_TABLES'", "sql_mode", "STRICT_TRANS_TABLES"),
            ("time_zone = '+02:00'", "time_zone", "+02:00"), ("time_zone = 'SYSTEM'", "time_zone", "SYSTEM"),
        ])
    func session(statement: String, setting: String, value: String) throws {
        let connection = try Self.connection(try MariaDBServer.shared())
        defer { connection.close() }
        try connection.run("SET SESSION \(statement)")
        #expect(try Self.findings(connection) == [Found(setting, value)])
    }

    @Test("a MariaDB whose pages or binary log may be lost is found, and so are limits that are too small")
    func server() throws {
        let server = try MariaDBServer(options: [
            "--skip-innodb-doublewrite", "--log-bin=binlog", "--server-id=1", "--sync-binlog=0",
        ])
        let lossy: Set = [Found("innodb_doublewrite", "OFF"), Found("sync_binlog", "0")]
        let connection = try Self.connection(server)
        defer { connection.close() }
        #expect(try Self.findings(connection) == lossy)
        server.run("SET GLOBAL sync_binlog = 1, GLOBAL max_connections = 10, GLOBAL max_allowed_packet = 1048576")
        let small: Set = [
            Found("innodb_doublewrite", "OFF"), Found("max_connections", "10", .small),
            Found("max_allowed_packet", "1048576", .small),
        ]
        #expect(try Self.findings(connection, connections: 20) == small)
        // It needs no more than it has.
        #expect(try !Self.findings(connection, connections: 1).contains(Found("max_connections", "10", .small)))
    }

    @Test(
        "a Redis that searches or stores hashes badly, or has no room for connections, is found",
        arguments: [
            ("hash-max-listpack-entries", "512"), ("hash-max-listpack-value", "64"), ("maxclients", "40"),
        ])
    func redis(setting: String, value: String) async throws {
        let server = try RedisServer()
        /// All findings now.
        func findings() async throws -> Set<Found> {
            try await TestRedis.connect(server) { connection, _ -> Result<[StoreFinding], RedisError> in
                do throws(RedisError) {
                    return .success(
                        try await RedisSettings(RedisStore(keys: RedisKeys(shardCount: 16)) { connection }).findings)
                } catch {
                    return .failure(error)
                }
            }.get().reduce(into: []) { $0.insert(Found($1)) }
        }
        #expect(try await findings() == [])
        #expect(server.command(["CONFIG", "SET", setting, value]) == "OK")
        #expect(try await findings() == [Found(setting, value, .small)])
    }
}
