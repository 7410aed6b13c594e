import Platform
import TestKit
import Testing

@testable import Worker

/// Group commit against a real MariaDB.
@Suite("Group commit")
struct GroupCommitTests {
    /// Inserts `inputs` through a group commit, all at once; the number of transactions is in `calls`.
    private static func run(
        _ inputs: [Int64], on url: String, calls: Counter
    ) async throws -> [Int64: Result<Int64, MySQLError>] {
        let pool = MySQLPool(
            endpoint: try #require(MySQLEndpoint(url)), threadsMax: 2, lockWaitSeconds: 1,
            logger: Logger(writer: LogWriter(), component: "test", level: .error))
        let thread = try LoopThread(name: "commit")
        let results = await thread.run { () -> [Int64: Result<Int64, MySQLError>] in
            let commit = GroupCommit<Int64, Int64>(loop: thread.loop, mysql: pool) {
                inputs, connection throws(MySQLError) in
                calls.add(1)
                try connection.transaction { () throws(MySQLError) in
                    for input in inputs { try connection.update("INSERT INTO g VALUES (?)", [.integer(input)]) }
                }
                return inputs.map { $0 * 10 }
            }
            let bound = LoopBound(commit, on: thread.loop)
            return await withTaskGroup(of: (Int64, Result<Int64, MySQLError>).self) { group in
                for input in inputs {
                    group.addTask(executorPreference: thread.loop) { (input, await bound.value.run(input)) }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }.value
        thread.stop()
        return results
    }

    private static func schema() throws -> (url: String, connection: MySQLConnection) {
        let url = try MariaDBServer.shared().makeSchema().url
        let connection = MySQLConnection(try #require(MySQLEndpoint(url)))
        try connection.run("CREATE TABLE g (id BIGINT PRIMARY KEY CHECK (id <> 13)) ENGINE=InnoDB")
        return (url, connection)
    }

    @Test("many inputs are committed in few transactions, and each gets its own output")
    func groups() async throws {
        let (url, connection) = try Self.schema()
        let calls = Counter()
        let results = try await Self.run(Array(100..<200), on: url, calls: calls)
        #expect(results.count == 100)
        for (input, result) in results { #expect(try result.get() == input * 10) }
        #expect(calls.value <= 4)
        #expect(try connection.query("SELECT COUNT(*) FROM g").first?.onlyValue.integer == 100)
    }

    @Test("an input that the database refuses is found by halving, and the others are committed")
    func halving() async throws {
        let (url, connection) = try Self.schema()
        let calls = Counter()
        let results = try await Self.run(Array(0..<32), on: url, calls: calls)
        for (input, result) in results where input != 13 { #expect(try result.get() == input * 10) }
        guard case .failure? = results[13] else {
            Issue.record("13 was accepted")
            return
        }
        #expect(try connection.query("SELECT COUNT(*) FROM g").first?.onlyValue.integer == 31)
        // One transaction for each input would be 32.
        #expect(calls.value < 32)
    }
}
