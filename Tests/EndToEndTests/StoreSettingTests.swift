import TestKit
import Testing

/// Stores whose settings endanger what was accepted.
@Suite("Settings of the stores")
struct StoreSettingTests {
    private static func start(
        _ name: String, _ stack: TestStack, _ more: [String: String]
    ) -> (code: Int32, output: String) {
        let environment = stack.environment.merging([
            "APP_ENV": "production", "DRAPE_WORKER_PORT": "0", "PORT": "0", "DRAPE_INSTANCE_DIR": stack.directory,
        ]) { $1 }.merging(more) { $1 }
        return Shell.status("timeout", ["20", "\(TestPlace.products)/\(name)"], environment: environment)
    }

    @Test(
        "in production a daemon refuses a Redis that may lose an accepted session, and says which setting is wrong",
        arguments: ["drape-ingress", "drape-worker"])
    func redis(name: String) throws {
        let stack = try TestStack(redisOptions: [
            "--appendfsync", "everysec", "--maxmemory-policy", "allkeys-lru", "--no-appendfsync-on-rewrite", "yes",
        ])
        let result = Self.start(name, stack, [:])
        #expect(result.code == 78)
        #expect(result.output.contains("redis appendfsync: is everysec, wanted: always"))
        #expect(result.output.contains("redis maxmemory-policy: is allkeys-lru, wanted: noeviction"))
        #expect(result.output.contains("redis no-appendfsync-on-rewrite: is yes, wanted: no"))
        #expect(result.output.contains("DRAPE_ALLOW_UNSAFE_STORES"))
    }

    @Test("a Redis without a file of what was accepted is refused")
    func noFile() throws {
        let result = Self.start("drape-worker", try TestStack(redisOptions: ["--appendonly", "no"]), [:])
        #expect(result.code == 78)
        #expect(result.output.contains("redis appendonly: is no, wanted: yes"))
    }

    @Test("in production a daemon refuses a database that may lose a committed charge")
    func mariadb() throws {
        let mariadb = try MariaDBServer()
        let stack = try TestStack(mariadb: mariadb, redisOptions: [])
        mariadb.run("SET GLOBAL innodb_flush_log_at_trx_commit = 2, GLOBAL read_only = 1")
        let result = Self.start("drape-worker", stack, [:])
        #expect(result.code == 78)
        #expect(result.output.contains("mariadb innodb_flush_log_at_trx_commit: is 2, wanted: 1"))
        #expect(result.output.contains("mariadb read_only: is ON, wanted: OFF"))
        #expect(!result.output.contains("redis append"))
    }

    @Test("a store that becomes unsafe gets no more sessions in production, until it is safe again")
    func later() async throws {
        let stack = try TestStack(redisOptions: [], environment: ["APP_ENV": "production"])
        let tenant = try stack.makeTenant()
        let garment = try tenant.addCatalogue().garment
        #expect(try tenant.tryOn([garment]).status == 201)
        func set(_ value: String) {
            stack.redis.command(["CONFIG", "SET", "appendfsync", value])
            // As after a restart of Redis: the settings are read over a new connection.
            stack.redis.command(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
        }
        set("everysec")
        try await poll("the refusal") { try tenant.tryOn([garment]).text.contains("a store may lose what is accepted") }
        #expect(try tenant.tryOn([garment]).status == 503)
        #expect(try stack.client.get("/health").status == 503)
        set("always")
        try await poll("the acceptance") { try tenant.tryOn([garment]).status == 201 }
        try await poll("the health") { try stack.client.get("/health").status == 200 }
    }

    @Test("a Redis that does not tell its settings counts as unsafe")
    func untold() throws {
        let stack = try TestStack(redisOptions: [])
        stack.redis.command(["ACL", "SETUSER", "default", "-info", "-config"])
        let result = Self.start("drape-worker", stack, [:])
        #expect(result.code == 78)
        #expect(result.output.contains("redis appendonly: is not readable, wanted: yes"))
        #expect(result.output.contains("redis role: is not readable, wanted: master"))
    }

    @Test("with the switch production starts, and health and metrics tell that a store is unsafe")
    func allowed() async throws {
        let stack = try TestStack(environment: ["APP_ENV": "production", "DRAPE_ALLOW_UNSAFE_STORES": "1"])
        let health = try stack.client.get("/health")
        #expect(health.status == 200)
        #expect(health.description.contains(#""stores":"unsafe""#))
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        try await poll("the worker") { worker.isReady }
        #expect(try worker.client.get("/metrics").description.contains(#"drape_store_findings{severity="unsafe"} 1"#))
        #expect(worker.log.contains("appendfsync is everysec"))
    }

    @Test("a limit of the database that is too small is one line of the log")
    func limits() async throws {
        let mariadb = try MariaDBServer()
        mariadb.run("SET GLOBAL max_prepared_stmt_count = 100")
        let stack = try TestStack(mariadb: mariadb, redisOptions: [])
        #expect(try stack.client.get("/health").description.contains(#""stores":"ok""#))
        try await poll("the log") {
            stack.ingressOutput.contains("max_prepared_stmt_count is 100, wanted: at least")
        }
    }
}
