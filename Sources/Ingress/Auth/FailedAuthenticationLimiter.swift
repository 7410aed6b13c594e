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
    private static let sendDelay = Duration.milliseconds(500)
    private let redis: RedisStore
    private let addresses: ClientAddresses
    private let tallies: FailedAuthenticationTallies
    private let loop: EventLoop
    /// Addresses that this loop has refused: their unknown keys are not looked up in MariaDB.
    private var refusedUntil: [String: Timestamp] = [:]

    init(
        redis: RedisStore, addresses: ClientAddresses, tallies: FailedAuthenticationTallies, loop: EventLoop
    ) {
        self.redis = redis
        self.addresses = addresses
        self.tallies = tallies
        self.loop = loop
    }

    /// The refusal of a key that the loop has not cached, if the loop has refused its address before.
    func refusal(of request: AuthenticationRequest) -> Problem? {
        if refusedUntil.isEmpty { return nil }
        let name = addresses.limited(of: request.head, peer: request.peer)
        guard let until = refusedUntil[name], until > request.now else { return nil }
        return Self.tooMany(until: until, at: request.now)
    }

    private static func tooMany(until: Timestamp, at now: Timestamp) -> Problem {
        Problem(.rateLimited, "this address has made too many requests without valid credentials")
            .retrying(afterSeconds: Int(max(1, until.unixSeconds - now.unixSeconds)))
    }

    /// The refusal of a failed authentication, if the address has had too many.
    private func refusal(_ name: String, at now: Timestamp) -> Problem? {
        guard let count = tallies.count(name, at: now), count.failures > Self.failuresMax else { return nil }
        if refusedUntil.count >= 10_000 { refusedUntil.removeAll() }
        refusedUntil[name] = count.endsAt
        return Self.tooMany(until: count.endsAt, at: now)
    }

    /// Counts a refusal with 401, and turns it into 429 if the address has had too many; others stay as they are.
    func count(_ problem: Problem, of request: AuthenticationRequest) async -> Problem {
        guard problem.code.status == .unauthorized else { return problem }
        let address = addresses.limited(of: request.head, peer: request.peer)
        let name = problem.code == .invalidToken ? "tokens:\(address)" : address
        if let known = refusal(name, at: request.now) { return known }
        switch tallies.add(name, at: request.now) {
        case true?: scheduleSending(name, at: request.now)
        case false?: break
        case nil: await send(name, failures: 1, unconfirmed: 0, at: request.now)
        }
        return refusal(name, at: request.now) ?? problem
    }

    // MARK: Redis

    private func scheduleSending(_ name: String, at now: Timestamp) {
        let bound = LoopBound(self, on: loop)
        loop.schedule(after: Self.sendDelay) { [loop] in
            _ = Task(executorPreference: loop) { await bound.value.sendAll(name, at: now) }
        }
    }

    private func sendAll(_ name: String, at now: Timestamp) async {
        while let count = tallies.unconfirmed(name) {
            await send(name, failures: count, unconfirmed: count, at: now)
        }
    }

    /// Adds failures to the count in Redis; failures that Redis does not count are dropped.
    private func send(_ name: String, failures: Int64, unconfirmed: Int64, at now: Timestamp) async {
        let script = FailedAuthenticationScript(address: name, failures: failures, window: Self.window)
        do throws(RedisError) {
            tallies.confirm(name, unconfirmed: unconfirmed, try await script.run(redis), at: now)
        } catch {
            tallies.drop(name, unconfirmed: unconfirmed)
        }
    }
}
