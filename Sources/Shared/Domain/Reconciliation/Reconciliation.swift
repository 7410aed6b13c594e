package import Platform

/// What a pass of the reconciler has looked at, and what it has repaired, or would repair.
package struct Reconciliation: Hashable, Sendable {
    package var sessionsChecked = 0
    /// Sessions that MariaDB has and Redis did not know.
    package var sessionsRestored = 0
    package var deliveriesChecked = 0
    package var deliveriesRestored = 0
    package var accountsChecked = 0
    /// Holds of sessions that are charged, have ended, or are unknown.
    package var holdsReleased = 0
    /// Accounts whose total of holds was not their sum.
    package var heldCorrected = 0
    /// Accounts whose balance or rights in Redis were not those in MariaDB.
    package var balancesCorrected = 0

    /// The sum of all holds.
    package var heldCredits: Int64 = 0
    /// Accounts whose balance is below their threshold.
    package var lowAccounts = 0

    package init() {}

    package var repairs: Int {
        sessionsRestored + deliveriesRestored + holdsReleased + heldCorrected + balancesCorrected
    }
}

/// Why a pass did not come to its end.
package enum ReconciliationFailure: Error, Sendable, CustomStringConvertible {
    case redis(RedisError)
    case mysql(MySQLError)
    /// Another process reconciles now.
    case stopped

    package var description: String {
        switch self {
        case .redis(let error): "Redis: \(error)"
        case .mysql(let error): "MariaDB: \(error)"
        case .stopped: "another process has taken over"
        }
    }
}
