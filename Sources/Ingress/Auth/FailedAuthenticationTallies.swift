internal import Platform
internal import Synchronization

/// What a process knows of the failed authentications of each source; all its loops share it.
final class FailedAuthenticationTallies: Sendable {
    private struct Tally {
        /// The last reply of Redis.
        var failures: Int64
        var endsAt: Timestamp
        /// Failures that Redis has not confirmed.
        var unconfirmed: Int64 = 0
        var isSending = false
    }

    private static let sourcesMax = 10_000
    /// Redis rounds the rest of a window to seconds, and its reply takes time.
    private static let endTolerance = Duration.seconds(2)
    private let tallies = Mutex<[FailedAuthenticationSource: Tally]>([:])

    /// The failures of a source and the end of its window; nil if the process has no current count.
    func count(_ source: FailedAuthenticationSource, at now: Timestamp) -> (failures: Int64, endsAt: Timestamp)? {
        tallies.withLock { tallies in
            guard let tally = tallies[source], tally.endsAt > now else { return nil }
            return (tally.failures + tally.unconfirmed, tally.endsAt)
        }
    }

    /// The outcome of `add`.
    struct Addition: Equatable {
        /// The caller must send the unconfirmed failures.
        var isFirst = false
        var isAboveMax: Bool
    }

    /// Adds a failure to a current count, unless the count is above `failuresMax` before.
    /// - Returns: nil if there is no current count.
    func add(_ source: FailedAuthenticationSource, upTo failuresMax: Int64, at now: Timestamp) -> Addition? {
        tallies.withLock { tallies in
            guard let index = tallies.index(forKey: source), tallies.values[index].endsAt > now else { return nil }
            let tally = tallies.values[index]
            let count = tally.failures + tally.unconfirmed
            if count > failuresMax { return Addition(isAboveMax: true) }
            tallies.values[index].unconfirmed += 1
            tallies.values[index].isSending = true
            return Addition(isFirst: !tally.isSending, isAboveMax: count + 1 > failuresMax)
        }
    }

    /// The failures to send; nil if there are none, and sending has ended.
    func unconfirmed(_ source: FailedAuthenticationSource) -> Int64? {
        tallies.withLock { tallies in
            if let count = tallies[source]?.unconfirmed, count > 0 { return count }
            tallies[source]?.isSending = false
            return nil
        }
    }

    /// Stores the reply of Redis; `unconfirmed` failures of the count are part of it now.
    func confirm(
        _ source: FailedAuthenticationSource, unconfirmed: Int64, _ reply: FailedAuthenticationScript.Reply,
        at now: Timestamp
    ) {
        tallies.withLock { tallies in
            if tallies.count >= Self.sourcesMax { tallies = tallies.filter(\.value.isSending) }
            var tally = tallies[source] ?? Tally(failures: 0, endsAt: now)
            let endsAt = now + .seconds(reply.secondsLeft)
            // A window that ends later than the known one is a new one; the count begins again.
            let isSameWindow = tally.endsAt > now && endsAt < tally.endsAt + Self.endTolerance
            // Replies to two loops can arrive in any order.
            tally.failures = isSameWindow ? max(tally.failures, reply.failures) : reply.failures
            tally.endsAt = endsAt
            tally.unconfirmed = max(0, tally.unconfirmed - unconfirmed)
            tallies[source] = tally
        }
    }

    /// Drops failures that Redis did not count.
    func drop(_ source: FailedAuthenticationSource, unconfirmed: Int64) {
        tallies.withLock { tallies in
            guard let count = tallies[source]?.unconfirmed else { return }
            tallies[source]?.unconfirmed = max(0, count - unconfirmed)
        }
    }
}
