import TestKit
import Testing

/// Stores that are named by host names.
@Suite("Host names of stores")
struct HostNameTests {
    private let stack: TestStack
    private let names: TestNameServer
    private let redis: TestRelay
    private let mariadb: TestRelay

    init() throws {
        stack = try TestStack()
        names = try TestNameServer()
        redis = try TestRelay(to: "\(stack.redis.directory)/redis.sock")
        mariadb = try TestRelay(to: "\(stack.mariadb.directory)/mariadb.sock")
    }

    /// The environment of a process that reaches the stores at these hosts.
    private func environment(redis redisHost: String, mariadb mariadbHost: String) -> [String: String] {
        [
            "REDIS_URL": "redis://\(redisHost):\(redis.port)", "DRAPE_NAME_SERVERS": names.address,
            "DATABASE_URL": "mysql://root@\(mariadbHost):\(mariadb.port)/\(stack.schema)",
        ]
    }

    @Test("the configured name servers resolve the hosts of both stores, for workers and drapectl")
    func resolved() async throws {
        for name in ["redis.example", "mariadb.example"] { names.set(name, ["127.0.0.1"]) }
        let environment = environment(redis: "redis.example", mariadb: "mariadb.example")
        let worker = try stack.startWorker(environment)
        try await poll("the worker") { worker.isReady }
        let tenant = try stack.makeTenant()
        let id = try tenant.tryOn([try tenant.addCatalogue().garment]).string("id")
        try await tenant.waitForEnd(id)
        #expect(Set(names.queries).isSuperset(of: ["redis.example", "mariadb.example"]))
        let control = Shell.status(
            "\(TestPlace.products)/drapectl", ["queue", "inspect", id],
            environment: stack.environment.merging(environment) { $1 })
        #expect(control.code == 0, "\(control.output)")
    }

    @Test("a worker whose stores' names are never answered is not blocked: it answers, and is not ready")
    func silent() async throws {
        names.set("mariadb.example", ["127.0.0.1"])
        let worker = try stack.startWorker(environment(redis: "silent.example", mariadb: "mariadb.example"))
        try await poll("the question") { names.queries.contains("silent.example") }
        // While the question waits: a loop that resolves by itself would not answer.
        for _ in 0..<20 {
            #expect(try worker.client.get("/health/live").status == 200)
            #expect(try worker.client.get("/health/ready").status == 503)
        }
    }
}
