internal import Domain
internal import Platform

/// Limits the failed authentications of an address: after 100 in 15 minutes it is refused with 429.
///
/// Keys and tokens are counted apart: a page that polls with an old token must not keep the keys of its address out.
///
/// The count is in Redis. After the first failure of an address the process counts on from Redis's last reply, and
/// sends its own failures together in the background, so a refusal does not wait for Redis.
final class FailedAuthenticationLimiter {
    private static let failuresMax: Int64 = 100
    private static let window = Duration.seconds(15 * 60)
    /// Failures of this time are sent together.
    private static let sendDelay = Duration.seconds(1)
    private let redis: RedisStore
    private let addresses: ClientAddresses
    private let tallies: FailedAuthenticationTallies
    private let loop: EventLoop
    private let clock: any WallClock
    /// How often one unknown key of a refused source is looked up in MariaDB: a valid key gets through, and guesses cost
    /// little.
    private static let lookupPause = Duration.milliseconds(100)
    /// A source that this loop has refused.
    private struct Refusal {
        let endsAt: Timestamp
        var nextLookupAt: Timestamp
    }

    private var refusals: [FailedAuthenticationSource: Refusal] = [:]

    init(
        redis: RedisStore, addresses: ClientAddresses, tallies: FailedAuthenticationTallies, loop: EventLoop,
        clock: any WallClock
    ) {
        self.redis = redis
        self.addresses = addresses
        self.tallies = tallies
        self.loop = loop
        self.clock = clock
    }

    /// The refusal of a key that the loop has not cached, if the loop has refused its address before; nil if the key may
    /// be looked up.
    func refusal(of request: AuthenticationRequest) -> Problem? {
        if refusals.isEmpty { return nil }
        let source = source(of: request, isWithToken: false)
        guard let refusal = refusals[source], refusal.endsAt > request.now else { return nil }
        if refusal.nextLookupAt <= request.now {
            refusals[source]?.nextLookupAt = request.now + Self.lookupPause
            return nil
        }
        return Self.tooMany(until: refusal.endsAt, at: request.now)
    }

    private func source(of request: AuthenticationRequest, isWithToken: Bool) -> FailedAuthenticationSource {
        FailedAuthenticationSource(
            network: addresses.client(of: request.head, peer: request.peer).network, isWithToken: isWithToken)
    }

    private static func tooMany(until: Timestamp, at now: Timestamp) -> Problem {
        Problem(.rateLimited, "this address has made too many requests without valid credentials")
            .retrying(afterSeconds: Int(max(1, until.unixSeconds - now.unixSeconds)))
    }

    /// The refusal of a failed authentication, if the address has had too many.
    private func refusal(_ source: FailedAuthenticationSource, at now: Timestamp) -> Problem? {
        guard let count = tallies.count(source, at: now), count.failures > Self.failuresMax else { return nil }
        if refusals.count >= 10_000 { refusals.removeAll() }
        if refusals[source]?.endsAt != count.endsAt {
            refusals[source] = Refusal(endsAt: count.endsAt, nextLookupAt: now)
        }
        return Self.tooMany(until: count.endsAt, at: now)
    }

    /// Counts a refusal with 401, and turns it into 429 if the address has had too many; others stay as they are.
    func count(_ problem: Problem, of request: AuthenticationRequest) async -> Problem {
        guard problem.code.status == .unauthorized else { return problem }
        let source = source(of: request, isWithToken: problem.code == .invalidToken)
        if let addition = tallies.add(source, upTo: Self.failuresMax, at: request.now) {
            if addition.isFirst { scheduleSending(source) }
            if !addition.isAboveMax { return problem }
        } else {
            await send(source, failures: 1, unconfirmed: 0)
        }
        return refusal(source, at: request.now) ?? problem
    }

    // MARK: Redis

    private func scheduleSending(_ source: FailedAuthenticationSource) {
        let bound = LoopBound(self, on: loop)
        loop.schedule(after: Self.sendDelay) { [loop] in
            _ = Task(executorPreference: loop) { await bound.value.sendAll(source) }
        }
    }

    private func sendAll(_ source: FailedAuthenticationSource) async {
        while let count = tallies.unconfirmed(source) {
            await send(source, failures: count, unconfirmed: count)
        }
    }

    /// Adds failures to the count in Redis; failures that Redis does not count are dropped.
    private func send(
        _ source: FailedAuthenticationSource, failures: Int64, unconfirmed: Int64
    ) async {
        let script = FailedAuthenticationScript(source: source, failures: failures, window: Self.window)
        do throws(RedisError) {
            tallies.confirm(source, unconfirmed: unconfirmed, try await script.run(redis), at: clock.now())
        } catch {
            tallies.drop(source, unconfirmed: unconfirmed)
        }
    }
}
