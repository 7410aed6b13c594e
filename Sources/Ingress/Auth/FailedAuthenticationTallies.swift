internal import Platform
internal import Synchronization

/// What a process knows of the failed authentications of each address; all its loops share it.
final class FailedAuthenticationTallies: Sendable {
    private struct Tally {
        /// The last reply of Redis.
        var failures: Int64
        var endsAt: Timestamp
        /// Failures that Redis has not confirmed.
        var unconfirmed: Int64 = 0
        var isSending = false
    }

    private static let addressesMax = 10_000
    private let tallies = Mutex<[String: Tally]>([:])

    /// The failures of an address and the end of its window; nil if the process has no current count.
    func count(_ address: String, at now: Timestamp) -> (failures: Int64, endsAt: Timestamp)? {
        tallies.withLock { tallies in
            guard let tally = tallies[address], tally.endsAt > now else { return nil }
            return (tally.failures + tally.unconfirmed, tally.endsAt)
        }
    }

    /// Adds a failure to a current count.
    /// - Returns: whether the caller must send the unconfirmed failures; nil if there is no current count.
    func add(_ address: String, at now: Timestamp) -> Bool? {
        tallies.withLock { tallies in
            guard let tally = tallies[address], tally.endsAt > now else { return nil }
            tallies[address]?.unconfirmed += 1
            tallies[address]?.isSending = true
            return !tally.isSending
        }
    }

    /// The failures to send; nil if there are none, and sending has ended.
    func unconfirmed(_ address: String) -> Int64? {
        tallies.withLock { tallies in
            if let count = tallies[address]?.unconfirmed, count > 0 { return count }
            tallies[address]?.isSending = false
            return nil
        }
    }

    /// Stores the reply of Redis; `unconfirmed` failures of the count are part of it now.
    func confirm(_ address: String, unconfirmed: Int64, _ reply: FailedAuthenticationScript.Reply, at now: Timestamp) {
        tallies.withLock { tallies in
            if tallies.count >= Self.addressesMax { tallies = tallies.filter(\.value.isSending) }
            var tally = tallies[address] ?? Tally(failures: 0, endsAt: now)
            // Replies to two loops can arrive in any order.
            tally.failures = tally.endsAt > now ? max(tally.failures, reply.failures) : reply.failures
            tally.endsAt = now + .seconds(reply.secondsLeft)
            tally.unconfirmed = max(0, tally.unconfirmed - unconfirmed)
            tallies[address] = tally
        }
    }

    /// Drops failures that Redis did not count.
    func drop(_ address: String, unconfirmed: Int64) {
        tallies.withLock { tallies in
            guard let count = tallies[address]?.unconfirmed else { return }
            tallies[address]?.unconfirmed = max(0, count - unconfirmed)
        }
    }
}
