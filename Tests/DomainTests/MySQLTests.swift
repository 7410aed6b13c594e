import Domain
import TestKit
import Testing

@testable import Platform
@testable import Schema

@Suite("MariaDB and the schema")
struct MySQLTests {
    static func connection() throws -> MySQLConnection {
        MySQLConnection(try #require(MySQLEndpoint(try MariaDBServer.shared().makeSchema().url)))
    }

    @Test("values of every kind are read as they were written")
    func values() throws {
        let connection = try Self.connection()
        try connection.run(
            "CREATE TABLE v (i BIGINT, d DOUBLE, t TEXT CHARACTER SET utf8mb4, b BLOB, n INT NULL, w DATETIME(3))")
        let time = Timestamp(unixMs: 1_795_228_800_123)
        let long = String(repeating: "é😀", count: 5_000)
        try connection.update(
            "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?)",
            [.integer(.min), .real(1.5), .text(long), .bytes([0, 255, 10]), .null, .time(time)])
        let row = try #require(try connection.query("SELECT i, d, t, b, n, w FROM v").first)
        #expect(row.integer("i") == .min)
        #expect(row.text("t") == long)
        #expect(row.optionalBytes("b") == [0, 255, 10])
        #expect(row.optionalInteger("n") == nil)
        #expect(row.time("w") == time)
    }

    @Test(
        "an id is found by its index, and times are stored to the millisecond",
        arguments: [
            (0, "1970-01-01 00:00:00.000"), (-1, "1969-12-31 23:59:59.999"),
            (951_782_400_001, "2000-02-29 00:00:00.001"),
            (-62_135_596_800_000, "0001-01-01 00:00:00.000"), (253_402_300_799_999, "9999-12-31 23:59:59.999"),
        ])
    func idsAndTimes(_ unixMs: Int64, _ text: String) throws {
        let connection = try Self.connection()
        try connection.run(
            """
            CREATE TABLE v (id CHAR(30) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, other VARCHAR(40), w DATETIME(3))
            DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
            """)
        let ids = (0..<64).map { SessionID(value: UInt128.max / 70 * UInt128($0)) }
        for id in ids {
            try connection.update(
                "INSERT INTO v VALUES (?, ?, ?)", [.id(id), .id(id), .time(Timestamp(unixMs: unixMs))])
        }
        let found = try connection.query(
            "SELECT id, other, CAST(w AS CHAR) AS w FROM v WHERE id = ? AND other = ? AND w = ?",
            [.id(ids[9]), .id(ids[9]), .time(Timestamp(unixMs: unixMs))])
        #expect(found.map { $0.text("id") } == [ids[9].description])
        #expect(found.first?.text("other") == ids[9].description)
        #expect(found.first?.text("w") == text)
        try connection.query("FLUSH STATUS")
        #expect(try connection.query("SELECT other FROM v WHERE id IN (?, ?)", [.id(ids[3]), .id(ids[5])]).count == 2)
        func reads(_ name: String) throws -> String? {
            try connection.query("SHOW SESSION STATUS LIKE 'Handler_read_\(name)'").first?.text("Value")
        }
        #expect(try reads("key") == "2")
        #expect(try ["first", "next", "rnd_next"].map { try reads($0) } == ["0", "0", "0"])
    }

    @Test(
        "a time that MariaDB cannot store is refused as an error of the data",
        arguments: [
            253_402_300_800_000, Int64.max / 2,
        ])
    func noTime(_ unixMs: Int64) throws {
        let connection = try Self.connection()
        try connection.run("CREATE TABLE v (w DATETIME(3))")
        let error = #expect(throws: MySQLError.self) {
            try connection.update("INSERT INTO v VALUES (?)", [.time(Timestamp(unixMs: unixMs))])
        }
        #expect(error?.isDataFault == true)
    }

    @Test("a failed transaction changes nothing, and the connection still works")
    func rollback() throws {
        let connection = try Self.connection()
        try connection.run("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB")
        var code: MySQLError?
        do throws(MySQLError) {
            try connection.transaction { () throws(MySQLError) in
                try connection.update("INSERT INTO t VALUES (?)", [.integer(1)])
                try connection.update("INSERT INTO t VALUES (?)", [.integer(1)])
            }
        } catch {
            code = error
        }
        #expect(code?.isDuplicate == true)
        #expect(try connection.query("SELECT COUNT(*) FROM t").first?.onlyValue.integer == 0)
    }

    @Test("a connection that the server has ended comes back, but not in the middle of a transaction")
    func reconnect() throws {
        let connection = try Self.connection()
        let id = try #require(try connection.query("SELECT CONNECTION_ID()").first?.onlyValue.integer)
        try MariaDBServer.shared().run("KILL \(id)")
        // A read that starts a unit of work is retried over a new connection.
        #expect(try connection.query("SELECT 1").first?.onlyValue.integer == 1)
        #expect(throws: MySQLError.self) {
            try connection.transaction { () throws(MySQLError) in
                let id = try connection.query("SELECT CONNECTION_ID()").first?.onlyValue.integer ?? 0
                _ = try? MariaDBServer.shared().run("KILL \(id)")
                _ = try? connection.query("SELECT 1")
                try connection.query("SELECT 2")
            }
        }
    }

    @Test("the pool runs work side by side and resumes on the loop")
    func pool() async throws {
        let endpoint = try #require(MySQLEndpoint(try MariaDBServer.shared().makeSchema().url))
        let pool = MySQLPool(
            endpoint: endpoint, threadsMax: 8, logger: Logger(writer: LogWriter(), component: "test", level: .error))
        let thread = try LoopThread(name: "pool")
        let sum = await withTaskGroup(of: Int64.self) { group in
            for number in 0..<200 {
                group.addTask(executorPreference: thread.loop) {
                    let result = await pool.attempt { connection throws(MySQLError) in
                        try connection.query("SELECT ? + 1", [.integer(Int64(number))]).first?.onlyValue.integer ?? 0
                    }
                    thread.loop.assertIsCurrent()
                    return (try? result.get()) ?? 0
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == (1...200).reduce(0, +))
        pool.close()
        thread.stop()
    }

    @Test("the schema goes up, down and up again, and every change of a step is noticed")
    func migrations() throws {
        let connection = try Self.connection()
        let migrator = Migrator(connection)
        #expect(try migrator.up().count == Migration.all.count)
        #expect(try migrator.up().isEmpty)
        try migrator.verify()
        #expect(try migrator.down(to: 3).map(\.number) == [10, 9, 8, 7, 6, 5, 4])
        #expect(throws: Migrator.Failure.self) { try migrator.verify() }
        #expect(try migrator.down(to: 0).map(\.number) == [3, 2, 1])
        let tables = try connection.query("SHOW TABLES").compactMap(\.onlyValue.text)
        #expect(tables == ["schema_migrations"])
        #expect(try migrator.up().count == Migration.all.count)
        var changed = Migration.all
        changed[1] = Migration(number: 2, name: "catalogue", up: ["SELECT 1"], down: [])
        #expect(throws: Migrator.Failure.self) { try Migrator(connection, migrations: changed).up() }
        let older = Migrator(connection, migrations: Array(Migration.all.dropLast()))
        #expect(throws: Migrator.Failure.self) { try older.up() }
    }

    @Test("a migration that was interrupted is taken up again")
    func interrupted() throws {
        let connection = try Self.connection()
        var broken = Array(Migration.all.prefix(5))
        let step = broken[4]
        broken[4] = Migration(number: 5, name: step.name, up: [step.up[0], "NONSENSE"], down: step.down)
        #expect(throws: Migrator.Failure.self) { try Migrator(connection, migrations: broken).up() }
        let migrator = Migrator(connection, migrations: Array(Migration.all.prefix(5)))
        #expect(try migrator.status().last?.condition == .interrupted)
        #expect(try migrator.up().map(\.number) == [5])
        try migrator.verify()
    }

    @Test("every table that operators' runbooks name is there")
    func tables() throws {
        let connection = try Self.connection()
        _ = try Migrator(connection).up()
        let tables = Set(try connection.query("SHOW TABLES").compactMap(\.onlyValue.text))
        for name in [
            "organizations", "users", "memberships", "api_keys", "external_customers", "photos", "garments",
            "cart_tryon_sessions", "cart_tryon_items", "credit_ledger", "idempotency_keys", "webhooks",
            "webhook_events", "webhook_deliveries", "webhook_attempts", "api_usage_logs", "api_request_logs",
        ] {
            #expect(tables.contains(name), "\(name)")
        }
    }

    @Test(
        "addresses are read",
        arguments: [
            ("mysql://u:p%40@h:3307/db", true), ("mysql://u@localhost/db?socket=/run/m.sock", true),
            ("mysql://u@h/db?ssl-mode=VERIFY_IDENTITY&ssl-ca=/ca.pem", true), ("mysql://u@h/", false),
            ("mysql://h/db", false), ("mysql://u@h/db?ssl-mode=maybe", false), ("postgres://u@h/db", false),
        ])
    func endpoints(text: String, isValid: Bool) {
        #expect((MySQLEndpoint(text) != nil) == isValid)
    }
}
