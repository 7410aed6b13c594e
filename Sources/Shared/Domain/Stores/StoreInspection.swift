package import Platform

/// Reads the settings of both stores, and compares them with what Drape needs.
package struct StoreInspection: Sendable {
    /// What was found; an unreachable store gives no findings.
    package let findings: [StoreFinding]
    /// Why a store could not be asked.
    package let failures: [String]
    /// The stores that could not be asked.
    let unreachable: Set<String>

    /// - Parameters:
    ///   - redis: a connection that is ready.
    ///   - mysql: the pool of connections.
    ///   - connections: the connections to the database that a process may open.
    package init(_ redis: RedisStore, _ mysql: MySQLPool, connections: Int) async {
        var findings: [StoreFinding] = []
        var failures: [String] = []
        var unreachable: Set<String> = []
        do throws(RedisError) {
            findings += try await RedisSettings(redis).findings
        } catch {
            failures.append("redis: \(error)")
            unreachable.insert("redis")
        }
        switch await mysql.attempt({ connection throws(MySQLError) in try MariaDBSettings(connection) }) {
        case .success(let settings):
            findings += settings.findings(connections: connections, open: mysql.statistics.threads.value)
        case .failure(let error):
            failures.append("mariadb: \(error)")
            unreachable.insert("mariadb")
        }
        self.findings = findings
        self.failures = failures
        self.unreachable = unreachable
    }
}
