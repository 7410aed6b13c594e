import Domain
import Platform
import Synchronization
import TestKit
import Testing

@testable import Worker

/// Errors that are the database's state, and not the fault of a job.
@Suite("Faults of the database")
struct DatabaseFaultTests {
    private static func pool(_ url: String) throws -> MySQLPool {
        MySQLPool(
            endpoint: try #require(MySQLEndpoint(url)), threadsMax: 2, lockWaitSeconds: 1,
            logger: Logger(writer: LogWriter(), component: "test", level: .error))
    }

    /// The error of a statement that signals this code and state on a real server.
    private static func error(_ code: Int, state: String) throws -> MySQLError {
        let connection = MySQLConnection(try #require(MySQLEndpoint(try MariaDBServer.shared().makeSchema().url)))
        defer { connection.close() }
        do throws(MySQLError) {
            try connection.run("SIGNAL SQLSTATE '\(state)' SET MYSQL_ERRNO = \(code), MESSAGE_TEXT = 'signalled'")
        } catch {
            return error
        }
        Issue.record("nothing was signalled")
        return .unavailable("")
    }

    @Test(
        "an error that is the state of the database is never the fault of the data",
        arguments: [1_030, 1_037, 1_041, 1_047, 1_180, 1_290, 1_461, 1_969, 4_999])
    func operational(code: Int) throws {
        let error = try Self.error(code, state: "HY000")
        #expect(error.isServerFault && error.isTransient)
        #expect(!error.isDataFault)
    }

    @Test("only the SQLSTATE classes 22 and 23 blame the data", arguments: ["22001", "22003", "23000"])
    func deterministic(state: String) throws {
        let error = try Self.error(4_999, state: state)
        #expect(error.isDataFault && !error.isTransient)
    }

    @Test("a session waits while the database refuses every statement, and is charged once it accepts them again")
    func waits() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let server = try MariaDBServer.shared()
            let limit = server.run("SELECT @@GLOBAL.max_prepared_stmt_count")
            defer { server.run("SET GLOBAL max_prepared_stmt_count = \(limit)") }
            let runner = bench.runner(ScriptedRenderer())
            let garment = try bench.tenant.addCatalogue().garment
            let id = try bench.tenant.tryOn([garment]).string("id")
            server.run("SET GLOBAL max_prepared_stmt_count = 0")
            for _ in 0..<6 {
                let claim = try #require(try await bench.claim(.sessions).first)
                await bench.whileTimePasses { await runner.run(claim) }
                bench.makeDue(.sessions)
            }
            #expect(bench.telemetry.sessionsBuried.value == 0)
            server.run("SET GLOBAL max_prepared_stmt_count = \(limit)")
            let claim = try #require(try await bench.claim(.sessions).first)
            #expect(claim.attempts == 0)
            await runner.run(claim)
            #expect(try bench.tenant.status(id) == "completed")
            bench.stack.expectAccountsToBalance()
        }
    }

    @Test("a connection keeps a bounded number of prepared statements, and every statement still works")
    func boundedStatements() throws {
        let server = try MariaDBServer.shared()
        let connection = MySQLConnection(try #require(MySQLEndpoint(server.makeSchema().url)))
        defer { connection.close() }
        let count = "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'"
        let before = try #require(Int(server.run(count).split(separator: "\t").last ?? ""))
        for _ in 0..<2 {
            for number in 0..<200 {
                let found = try connection.query("SELECT \(number) + ?", [.integer(1)]).first?.onlyValue.integer
                #expect(found == Int64(number) + 1)
            }
        }
        let after = try #require(Int(server.run(count).split(separator: "\t").last ?? ""))
        #expect(after - before <= MySQLConnection.statementsMax)
    }

    /// Runs 16 inputs while each group of them fails twice with an error of this code.
    /// - Returns: the groups that were tried, and how many inputs failed in the end.
    private static func groups(failingWith code: Int) async throws -> (tried: [[Int64]], failures: Int) {
        let pool = try pool(try MariaDBServer.shared().makeSchema().url)
        let thread = try LoopThread(name: "commit")
        let tries = Mutex<[[Int64]: Int]>([:])
        let failures = await thread.run { () -> Int in
            let commit = GroupCommit<Int64, Int64>(loop: thread.loop, mysql: pool) {
                inputs, connection throws(MySQLError) in
                let count = tries.withLock { tries in
                    tries[inputs, default: 0] += 1
                    return tries[inputs, default: 0]
                }
                if count <= 2 {
                    try connection.run("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = \(code), MESSAGE_TEXT = 'signalled'")
                }
                return inputs
            }
            let bound = LoopBound(commit, on: thread.loop)
            return await withTaskGroup(of: Bool.self) { group in
                for input in Int64(0)..<16 {
                    group.addTask(executorPreference: thread.loop) {
                        if case .failure = await bound.value.run(input) { true } else { false }
                    }
                }
                return await group.reduce(into: 0) { if $1 { $0 += 1 } }
            }
        }.value
        thread.stop()
        pool.close()
        return (Array(tries.withLock { $0.keys }), failures)
    }

    @Test(
        "a group is not divided because of a limit of the server: smaller groups would meet the same limit",
        arguments: [
            1_021, 1_030, 1_037, 1_040, 1_041, 1_047, 1_114, 1_180, 1_203, 1_226, 1_290, 1_317, 1_461, 1_792, 1_836,
            1_969,
        ])
    func undivided(code: Int) async throws {
        let groups = try await Self.groups(failingWith: code)
        #expect(groups.tried.reduce(0) { $0 + $1.count } == 16)
        #expect(groups.tried.contains { $0.count > 1 } && groups.failures == 0)
    }

    @Test("a group that fails for an unknown reason is divided")
    func divided() async throws {
        let groups = try await Self.groups(failingWith: 4_999)
        #expect(groups.tried.reduce(0) { $0 + $1.count } > 16)
    }

    @Test("a lone duplicate in a group fails alone, and the others are committed")
    func duplicate() async throws {
        let url = try MariaDBServer.shared().makeSchema().url
        let connection = MySQLConnection(try #require(MySQLEndpoint(url)))
        try connection.run("CREATE TABLE d (id BIGINT PRIMARY KEY) ENGINE=InnoDB")
        try connection.run("INSERT INTO d VALUES (5)")
        let pool = try Self.pool(url)
        let thread = try LoopThread(name: "commit")
        let failed = await thread.run { () -> [Int64] in
            let commit = GroupCommit<Int64, Int64>(loop: thread.loop, mysql: pool) {
                inputs, connection throws(MySQLError) in
                try connection.transaction { () throws(MySQLError) in
                    for input in inputs { try connection.update("INSERT INTO d VALUES (?)", [.integer(input)]) }
                }
                return inputs
            }
            let bound = LoopBound(commit, on: thread.loop)
            return await withTaskGroup(of: (Int64, Bool).self) { group in
                for input in Int64(0)..<16 {
                    group.addTask(executorPreference: thread.loop) {
                        if case .failure(let error) = await bound.value.run(input) { return (input, error.isDuplicate) }
                        return (input, false)
                    }
                }
                return await group.reduce(into: []) { if $1.1 { $0.append($1.0) } }
            }
        }.value
        thread.stop()
        pool.close()
        #expect(failed == [5])
        #expect(try connection.query("SELECT COUNT(*) FROM d").first?.onlyValue.integer == 16)
    }
}
