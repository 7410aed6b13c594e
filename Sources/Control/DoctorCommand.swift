internal import Domain
internal import Foundation
internal import Platform
internal import Schema

/// `drapectl doctor`: checks the settings and the state of all that Drape needs.
struct DoctorCommand {
    private let isJSON: Bool

    init(_ arguments: [String]) throws(UsageError) {
        isJSON = try Options(arguments[...], flags: ["--json"]).has("--json")
    }

    /// One check: what was looked at, whether it is right, and in words.
    private struct Check: Sendable {
        enum State: String {
            case ok, warning, failing
        }

        let subject: String
        let state: State
        let words: String
    }

    func run(_ environment: [String: String]) throws {
        var reader = ConfigurationReader(environment: environment)
        let threadsMax = reader.required(Settings.mysqlThreadsMax)
        try reader.check()
        let connections = threadsMax.value
        let s3 = S3Configuration(&reader)
        var checks = [schema(environment), s3 == nil ? objects(environment) : nil].compactMap { $0 }
        checks += try ControlStores.run(environment) { stores in
            let bucket = if let s3 { await Self.bucket(s3, stores) } else { [Check]() }
            return .success(await bucket + Self.stores(stores, connections) + Self.clocks(stores) + Self.fleet(stores))
        }
        var table = Table(["subject", "state", "what"])
        for check in checks { table.add(.text(check.subject), .text(check.state.rawValue), .text(check.words)) }
        table.print(asJSON: isJSON, nothing: "")
        let failing = checks.count { $0.state == .failing }
        if failing > 0 { throw CommandFailure("\(failing) checks fail") }
    }

    // MARK: Checks

    private func schema(_ environment: [String: String]) -> Check? {
        var reader = ConfigurationReader(environment: environment)
        guard let endpoint = reader.required(Settings.databaseURL).found else { return nil }
        let connection = MySQLConnection(endpoint.resolved(by: reader.required(Settings.nameServers).found ?? ""))
        defer { connection.close() }
        do throws(Migrator.Failure) {
            try Migrator(connection).verify()
            return Check(subject: "schema", state: .ok, words: "is this program's")
        } catch {
            return Check(subject: "schema", state: .failing, words: error.description)
        }
    }

    /// Writes, reads and deletes a file, as the daemons do.
    private func objects(_ environment: [String: String]) -> Check? {
        var reader = ConfigurationReader(environment: environment)
        guard let directory = reader.required(Settings.objectsDirectory).found else { return nil }
        let path = "\(directory)/.doctor-\(getpid())"
        do {
            try Data("drape".utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.removeItem(atPath: path)
            return Check(subject: "objects", state: .ok, words: "\(directory) is writable")
        } catch {
            let words = "\(directory) is not writable: \(error.localizedDescription)"
            return Check(subject: "objects", state: .failing, words: words)
        }
    }

    /// Writes, reads and deletes an object, as the daemons do.
    private static func bucket(_ s3: S3Configuration, _ stores: ControlStores) async -> [Check] {
        let store = S3ObjectStore(
            s3, loop: stores.loop, resolver: HostResolver(loop: stores.loop, servers: stores.nameServers),
            clock: SystemClock(),
            logger: Logger(writer: LogWriter(to: 2), component: "drapectl", level: .error))
        let path = "enterprise/doctor-\(getpid())"
        let written = await store.put(path, Array("drape".utf8))
        let read = await store.get(path)
        let deleted = await store.delete(path)
        let failures = [written, read.map { _ in }, deleted].compactMap { result -> String? in
            if case .failure(let error) = result { error.description } else { nil }
        }
        let words = failures.first ?? "the bucket \(s3.bucket) takes, gives and deletes objects"
        return [Check(subject: "objects", state: failures.isEmpty ? .ok : .failing, words: words)]
    }

    /// `connections`: those to the database that one process may open.
    private static func stores(_ stores: ControlStores, _ connections: Int) async -> [Check] {
        let inspection = await StoreInspection(stores.redis, stores.mysql, connections: connections)
        let findings = inspection.findings.map { finding in
            Check(
                subject: finding.store, state: finding.severity == .unsafe ? .failing : .warning,
                words: finding.description)
        }
        let failures = inspection.failures.map { Check(subject: "stores", state: .failing, words: $0) }
        if findings.isEmpty, failures.isEmpty {
            return [Check(subject: "stores", state: .ok, words: "all settings are safe, and no limit is too small")]
        }
        return findings + failures
    }

    /// The clocks of the stores and of this machine; times in the database depend on that of MariaDB.
    private static func clocks(_ stores: ControlStores) async -> [Check] {
        var checks: [Check] = []
        func compare(_ name: String, _ unixMs: Int64) {
            let difference = abs(unixMs - SystemClock().now().unixMs)
            checks.append(
                Check(
                    subject: "clock of \(name)", state: difference > 2_000 ? .warning : .ok,
                    words: difference > 2_000 ? "differs by \(difference) ms from this machine's" : "agrees"))
        }
        do throws(RedisError) {
            compare("redis", try await stores.redisUnixMs())
        } catch {
            checks.append(Check(subject: "clock of redis", state: .failing, words: "\(error)"))
        }
        switch await stores.ask({ connection throws(MySQLError) in
            try connection.query(ControlStatements.now).first?.time("now").unixMs
        }) {
        case .success(let ms): if let ms { compare("mariadb", ms) }
        case .failure(let failure):
            checks.append(Check(subject: "mariadb", state: .failing, words: failure.description))
        }
        return checks
    }

    /// The workers of each queue, and the dead letters.
    private static func fleet(_ stores: ControlStores) async -> [Check] {
        let depths: [QueueDepth]
        do throws(RedisError) {
            depths = try await QueueDepth.readAll(stores.redis)
        } catch {
            return [Check(subject: "queues", state: .failing, words: "\(error)")]
        }
        return QueueName.all.map { queue in
            let some = depths.filter { $0.place.queue == queue }
            let (workers, dead) = (some.map(\.workers).max() ?? 0, some.reduce(0) { $0 + $1.deadLetters })
            return Check(
                subject: "queue \(queue.text)", state: workers == 0 || dead > 0 ? .warning : .ok,
                words: "\(workers) workers, \(dead) dead letters")
        }
    }
}
