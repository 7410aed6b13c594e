import Platform
import TestKit
import Testing

@testable import Worker

/// Group commits that are blocked by locks, or whose transactions must be repeated.
@Suite("Group commit under contention")
struct GroupCommitLockTests {
    private typealias Work = @Sendable ([Int64], MySQLConnection) throws(MySQLError) -> [Int64]

    private let endpoint: MySQLEndpoint
    private let connection: MySQLConnection

    private init() throws {
        endpoint = try #require(MySQLEndpoint(try MariaDBServer.shared().makeSchema().url))
        connection = MySQLConnection(endpoint)
        try connection.run("CREATE TABLE g (id BIGINT PRIMARY KEY, n INT NOT NULL DEFAULT 0) ENGINE=InnoDB")
    }

    /// Runs the inputs through one group commit, all at once.
    private func run(_ inputs: [Int64], _ work: @escaping Work) async throws -> [Int64: Result<Int64, MySQLError>] {
        let pool = MySQLPool(
            endpoint: endpoint, threadsMax: 2, lockWaitSeconds: 1,
            logger: Logger(writer: LogWriter(), component: "test", level: .error))
        let thread = try LoopThread(name: "commit")
        let results = await thread.run { () -> [Int64: Result<Int64, MySQLError>] in
            let commit = LoopBound(GroupCommit(loop: thread.loop, mysql: pool, work: work), on: thread.loop)
            return await withTaskGroup(of: (Int64, Result<Int64, MySQLError>).self) { group in
                for input in inputs {
                    group.addTask(executorPreference: thread.loop) { (input, await commit.value.run(input)) }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }.value
        thread.stop()
        pool.close()
        return results
    }

    @Test("an input that waits for a lock that is held for long fails alone, and the others are committed meanwhile")
    func locked() async throws {
        for id in 0..<8 { try connection.update("INSERT INTO g (id) VALUES (?)", [.integer(Int64(id))]) }
        let blocker = MySQLConnection(endpoint)
        try blocker.run("SET SESSION idle_transaction_timeout = 0")
        try blocker.run("START TRANSACTION")
        try blocker.query("SELECT id FROM g WHERE id = ? FOR UPDATE", [.integer(5)])
        let results = try await run(Array(0..<8)) { inputs, connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                for input in inputs { try connection.update("UPDATE g SET n = n + 1 WHERE id = ?", [.integer(input)]) }
            }
            return inputs
        }
        for (input, result) in results where input != 5 { #expect(try result.get() == input) }
        guard case .failure(let error)? = results[5] else {
            Issue.record("a locked row was updated")
            return
        }
        #expect(error.isContended)
        #expect(try connection.query("SELECT SUM(n) FROM g").first?.onlyValue.integer == 7)
        blocker.close()
    }

    @Test("a transaction that loses a deadlock, or whose commit is unclear, is repeated as a whole")
    func repeated() async throws {
        for error in [
            MySQLError.conflict, .lost("the reply"), .refused(code: 1062, state: "23000", message: "a duplicate"),
        ] {
            let calls = Counter()
            let results = try await run(Array(0..<4)) { inputs, connection throws(MySQLError) in
                calls.add(1)
                if calls.value == 1 { throw error }
                return inputs
            }
            for (input, result) in results { #expect(try result.get() == input) }
            #expect(results.count == 4)
            #expect(calls.value == 2)
        }
    }
}
