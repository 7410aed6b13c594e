import Foundation
import Platform

/// A complete Drape deployment: real stores and daemons, on free ports and in temporary directories.
package final class TestStack: Sendable {
    package let redis: RedisServer
    package let mariadb: MariaDBServer
    package let schema: String
    package let databaseURL: String
    package let directory: String
    package let port: UInt16
    /// The environment of a stack whose webhooks may be sent to this machine over HTTP.
    package static let open = ["DRAPE_WEBHOOK_ALLOW_HTTP": "1", "DRAPE_WEBHOOK_ALLOW_NETS": "127.0.0.0/8"]
    package let environment: [String: String]
    private let ingress: Running

    /// One process that can be killed and restarted.
    final class Running: Sendable {
        private let start: @Sendable () throws -> ServerProcess
        // Invariant: a test kills and starts it from one task at a time.
        nonisolated(unsafe) private(set) var process: ServerProcess?

        init(_ start: @escaping @Sendable () throws -> ServerProcess) throws {
            self.start = start
            process = try start()
        }

        func kill() {
            process?.stop()
            process = nil
        }

        func restart() throws {
            kill()
            process = try start()
        }
    }

    package init(
        mariadb: MariaDBServer? = nil, redisOptions: [String] = ["--appendfsync", "everysec"],
        environment more: [String: String] = [:]
    ) throws {
        let mariadb = try mariadb ?? MariaDBServer.shared()
        self.mariadb = mariadb
        let redis = try RedisServer(options: redisOptions)
        self.redis = redis
        let directory = redis.directory
        self.directory = directory
        let (schema, databaseURL) = mariadb.makeSchema()
        self.schema = schema
        self.databaseURL = databaseURL
        let port = Self.freePort()
        self.port = port
        let environment = TestPlace.environment.merging([
            "PORT": String(port), "DATABASE_URL": databaseURL, "REDIS_URL": redis.url,
            "JWT_SECRET": "only-for-tests-only-for-tests-only-for-tests",
            "DRAPE_SECRET_KEY": String(repeating: "5a", count: 32), "APP_ENV": "development",
            "DRAPE_SPOOL_DIR": directory, "DRAPE_OBJECTS_DIR": "\(directory)/objects",
            "DRAPE_PUBLIC_URL": "http://localhost:\(port)",
        ]) { _, new in new }.merging(more) { _, new in new }
        self.environment = environment
        let migrated = Shell.status("\(TestPlace.products)/drapectl", ["migrate", "up"], environment: environment)
        guard migrated.code == 0 else { throw ServerProcess.Failure.notReady(migrated.output) }
        ingress = try Running {
            let process = try ServerProcess(
                "\(TestPlace.products)/drape-ingress", [], environment: environment,
                logPath: "\(directory)/ingress-\(UInt32.random(in: 0...UInt32.max)).log")
            try process.wait { (try? TestClient(port: port).get("/health/ready").status) == 200 }
            return process
        }
    }

    /// Starts another worker.
    /// - Returns: the worker, which can be killed and restarted as the same instance.
    package func startWorker(_ more: [String: String] = [:]) throws -> TestWorker {
        let number = UInt32.random(in: 0...UInt32.max)
        let environment = self.environment.merging([
            "DRAPE_WORKER_PORT": String(Self.freePort()), "DRAPE_INSTANCE_DIR": directory, "DRAPE_RENDERER": "none",
        ]) { _, new in new }.merging(more) { _, new in new }
        return try TestWorker(environment: environment, logPath: "\(directory)/worker-\(number).log")
    }

    package var client: TestClient { TestClient(port: port) }

    package func killIngress() { ingress.kill() }

    package func restartIngress() throws { try ingress.restart() }

    /// Sends a signal to the ingress itself, not to its watchdog.
    package func signalIngress(_ number: Int32) {
        guard let watch = ingress.process?.processIdentifier,
            let pid = Int32(Shell.run("pgrep", ["-P", String(watch), "-x", "drape-ingress"]))
        else { return }
        Foundation.kill(pid, number)
    }

    /// The whole log of the ingress since its last start.
    package var ingressOutput: String { ingress.process?.output ?? "" }

    /// The last lines of the ingress log.
    package var ingressLog: String { ingress.process?.log ?? "" }

    /// A platform administrator's client.
    package var admin: TestClient { client.with(token: token("platform_admin")) }

    package func token(_ role: String, organization: String? = nil) -> String {
        Shell.run(
            "\(TestPlace.products)/drapectl",
            ["token", "--role", role] + (organization.map { ["--organization", $0] } ?? []), environment: environment)
    }

    /// Creates an organisation with credits and a key with all scopes.
    package func makeTenant(
        plan: String = "enterprise", credits: Int = 1_000_000, environment: String = "live", more: String = ""
    ) throws -> TestTenant {
        let admin = self.admin
        let organization = try admin.post(
            "/api/organizations", #"{"name":"Shop","billingEmail":"shop@example.com","plan":"\#(plan)"}"#)
        let id = organization.string("id")
        if credits > 0 {
            let granted = try admin.post(
                "/api/organizations/\(id)/credits", #"{"amount":\#(credits),"reference":"first"}"#)
            guard granted.status == 201 else { throw ServerProcess.Failure.notReady(granted.description) }
        }
        let key = try admin.post(
            "/api/organizations/\(id)/api-keys",
            #"{"name":"test","scopes":["all"],"environment":"\#(environment)"\#(more)}"#)
        guard key.status == 201 else { throw ServerProcess.Failure.notReady(key.description) }
        return TestTenant(
            stack: self, organizationID: id, keyID: key.string("id"), key: key.string("key"), admin: admin,
            client: client.with(key: key.string("key")))
    }

    package func sql(_ statement: String) -> String { mariadb.run(statement, schema: schema) }

    /// A port that was free when checked.
    package static func freePort() -> UInt16 {
        for _ in 0..<100 {
            if let listener = try? ListenerHandle(address: .loopback, port: 0) { return listener.port }
        }
        return 0
    }
}
