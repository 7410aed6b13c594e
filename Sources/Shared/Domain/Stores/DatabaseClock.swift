package import Platform
internal import Synchronization

/// The time of the database server, as this process has last measured it: one clock for the whole fleet.
///
/// Times that one process writes are compared by others, whose machines may have another time. Before the first measurement
/// it is the time of this machine.
package final class DatabaseClock: WallClock {
    /// Smaller differences are left, so that the time of a machine that is right does not step.
    package static let toleranceMs: Int64 = 500
    /// An answer that took longer measures nothing.
    private static let roundTripMsMax: Int64 = 1_000
    private let machine: any WallClock
    private let differenceMs = Atomic<Int64>(0)

    /// - Parameter machine: the clock of this machine.
    package init(machine: any WallClock = SystemClock()) {
        self.machine = machine
    }

    package func now() -> Timestamp {
        Timestamp(unixMs: machine.now().unixMs + offsetMs)
    }

    /// The clock of the database less that of this machine, in ms; 0 if they differ by less than the tolerance.
    package var offsetMs: Int64 { differenceMs.load(ordering: .relaxed) }

    /// Measures the offset; keeps the old one if the database does not answer in time.
    package func measure(_ mysql: MySQLPool) async {
        let machine = machine
        let measured = await mysql.attempt { connection throws(MySQLError) -> Int64? in
            let before = machine.now().unixMs
            let found = try connection.query(StoreStatements.now).first?.time("now").unixMs
            let after = machine.now().unixMs
            guard let found, (0...Self.roundTripMsMax).contains(after - before) else { return nil }
            return found - (before + after) / 2
        }
        guard case .success(let offset?) = measured else { return }
        differenceMs.store(abs(offset) < Self.toleranceMs ? 0 : offset, ordering: .relaxed)
    }
}
