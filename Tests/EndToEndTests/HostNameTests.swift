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

    @Test("while the name of Redis is looked up a worker answers: its loop is not blocked")
    func silentRedis() async throws {
        names.set("mariadb.example", ["127.0.0.1"])
        let worker = try stack.startWorker(environment(redis: "silent.example", mariadb: "mariadb.example"))
        var failures: Int { worker.log.matches(of: /the host of redis was not resolved/).count }
        var questions: Int { names.queries.count { $0 == "silent.example" } }
        // It has two resolvers, whose look-ups may end at any time: one request that meets no end is enough. A loop that is
        // blocked answers only after an end.
        var isAnswering = false
        for _ in 0..<5 where !isAnswering {
            let asked = questions
            try await poll("the next question") { questions > asked }
            let before = failures
            #expect(try worker.client.get("/health/live").status == 200)
            #expect(try worker.client.get("/health/ready").status == 503)
            isAnswering = failures == before
        }
        #expect(isAnswering)
    }

    @Test("a worker ends with the reason if the name of MariaDB is never answered")
    func silentMariaDB() throws {
        names.set("redis.example", ["127.0.0.1"])
        let more = ["DRAPE_WORKER_PORT": "0", "DRAPE_INSTANCE_DIR": stack.directory]
        let environment = stack.environment.merging(
            environment(redis: "redis.example", mariadb: "silent.example").merging(more) { $1 }
        ) { $1 }
        let ended = Shell.status(
            "timeout", ["60", "\(TestPlace.products)/drape-worker"], environment: environment)
        #expect(ended.code != 0 && ended.code != 124)
        #expect(ended.output.contains("the host silent.example was not resolved"))
    }
}
