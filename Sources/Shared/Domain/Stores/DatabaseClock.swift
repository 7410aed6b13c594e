package import Platform
internal import Synchronization

/// The time of the database server, as this process has last measured it.
///
/// Times that one process writes are compared by others, whose machines may have another time. The clocks of two processes
/// differ by less than twice the tolerance. Before the first measurement it is the time of this machine. A step of the
/// machine's clock changes nothing.
package final class DatabaseClock: WallClock {
    /// Smaller differences are left, so that the time of a machine that is right does not step.
    package static let toleranceMs: Int64 = 500
    /// An answer that took longer measures nothing.
    private static let roundTripMsMax: Int64 = 1_000
    private let machine: any WallClock
    private let steady: any WallClock
    private let correctionMs = Atomic<Int64>(0)
    private let differenceMs = Atomic<Int64>(0)

    /// - Parameters:
    ///   - machine: the clock of this machine, whose difference is shown.
    ///   - steady: a clock that does not step, which is corrected.
    package init(machine: any WallClock = SystemClock(), steady: any WallClock = SteadyClock()) {
        self.machine = machine
        self.steady = steady
    }

    package func now() -> Timestamp {
        Timestamp(unixMs: steady.now().unixMs + correctionMs.load(ordering: .relaxed))
    }

    /// The clock of the database less that of this machine, in ms; 0 if they differ by less than the tolerance.
    package var offsetMs: Int64 { differenceMs.load(ordering: .relaxed) }

    /// Measures the time of the database.
    /// - Returns: false if the database did not answer in time; then nothing changes.
    @discardableResult
    package func measure(_ mysql: MySQLPool) async -> Bool {
        let (steady, machine) = (steady, machine)
        let measured = await mysql.attempt { connection throws(MySQLError) -> Measurement? in
            // The first statement may connect, and prepares.
            _ = try connection.query(StoreStatements.now)
            let before = steady.now().unixMs
            let found = try connection.query(StoreStatements.now).first?.time("now").unixMs
            let after = steady.now().unixMs
            guard let found, (0...Self.roundTripMsMax).contains(after - before) else { return nil }
            return Measurement(
                correctionMs: found - (before + after) / 2, differenceMs: found - machine.now().unixMs,
                errorMs: (after - before) / 2)
        }
        guard case .success(let measurement?) = measured else { return false }
        // What may be the error of the measurement is not followed.
        let old = correctionMs.load(ordering: .relaxed)
        if abs(measurement.correctionMs - old) >= Self.toleranceMs + measurement.errorMs {
            correctionMs.store(measurement.correctionMs, ordering: .relaxed)
        }
        let isSmall = abs(measurement.differenceMs) < Self.toleranceMs + measurement.errorMs
        differenceMs.store(isSmall ? 0 : measurement.differenceMs, ordering: .relaxed)
        return true
    }

    private struct Measurement: Sendable {
        let correctionMs: Int64
        let differenceMs: Int64
        /// The most that the others may be wrong.
        let errorMs: Int64
    }
}
