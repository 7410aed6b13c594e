import Platform
import TestKit
import Testing

@testable import Domain

/// The time of a real MariaDB, on a machine whose clock the test moves.
@Suite("Clock of the database")
struct DatabaseClockTests {
    private static func pool(_ url: String) throws -> MySQLPool {
        MySQLPool(
            endpoint: try #require(MySQLEndpoint(url)), threadsMax: 1,
            logger: Logger(writer: LogWriter(), component: "test", level: .error))
    }

    /// How much the clock differs from the real one.
    private static func error(_ clock: DatabaseClock) -> Int64 {
        abs(clock.now().unixMs - SystemClock().now().unixMs)
    }

    @Test(
        "a machine whose clock differs has the time of the database, and keeps the difference while the database is away",
        arguments: [-3_600, 3_600])
    func offset(seconds: Int) async throws {
        let machine = ManualClock()
        let clock = DatabaseClock(machine: machine, steady: machine)
        machine.advance(by: .seconds(seconds))
        let pool = try Self.pool(try MariaDBServer.shared().makeSchema().url)
        #expect(await clock.measure(pool))
        // The machine's clock stands still, so the difference is that of the time that the test has taken.
        #expect(Self.error(clock) < 60_000)
        #expect(abs(clock.offsetMs + Int64(seconds) * 1_000) < 60_000)
        pool.close()
        let old = clock.offsetMs
        let away = try Self.pool("mysql://root@localhost/none?socket=/tmp/none")
        #expect(await !clock.measure(away))
        #expect(clock.offsetMs == old)
        away.close()
    }

    @Test("a machine whose clock is right, or differs by little, keeps its own time", arguments: [0, 200, -200])
    func right(milliseconds: Int) async throws {
        struct Shifted: WallClock {
            let ms: Int
            func now() -> Timestamp { SystemClock().now() + .milliseconds(ms) }
        }
        let machine = Shifted(ms: milliseconds)
        let clock = DatabaseClock(machine: machine, steady: machine)
        let pool = try Self.pool(try MariaDBServer.shared().makeSchema().url)
        #expect(await clock.measure(pool))
        #expect(clock.offsetMs == 0)
        #expect(clock.now().unixMs <= machine.now().unixMs)
        pool.close()
    }

    @Test("a step of the machine's clock changes nothing, and is shown")
    func step() async throws {
        let machine = ManualClock()
        let clock = DatabaseClock(machine: machine)
        let pool = try Self.pool(try MariaDBServer.shared().makeSchema().url)
        #expect(await clock.measure(pool))
        machine.advance(by: .seconds(3_600))
        #expect(Self.error(clock) < 60_000)
        #expect(await clock.measure(pool))
        #expect(Self.error(clock) < 60_000)
        #expect((-3_700_000 ... -3_500_000).contains(clock.offsetMs))
        pool.close()
    }
}
