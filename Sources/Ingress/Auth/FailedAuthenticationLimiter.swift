internal import Domain
internal import Platform

/// Limits the failed authentications of an address: after 100 in 15 minutes it is refused with 429.
///
/// Keys and tokens are counted separately: a page that polls with an old token must not block the keys of its address.
final class FailedAuthenticationLimiter {
    private static let failuresMax: Int64 = 100
    private static let windowSeconds: Int64 = 15 * 60
    private static let tooMany = Problem(
        .rateLimited, "this address has made too many requests without valid credentials")
    private let redis: RedisStore
    private let addresses: ClientAddresses
    /// Addresses that are refused without a call to a store.
    private var blockedUntil: [String: Timestamp] = [:]

    init(redis: RedisStore, addresses: ClientAddresses) {
        self.redis = redis
        self.addresses = addresses
    }

    /// The refusal of an unknown key, if this event loop has recorded its address as blocked.
    func refusal(of request: AuthenticationRequest) -> Problem? {
        if blockedUntil.isEmpty { return nil }
        return refusal(addresses.limited(of: request.head, peer: request.peer), at: request.now)
    }

    private func refusal(_ name: String, at now: Timestamp) -> Problem? {
        guard let until = blockedUntil[name], until > now else { return nil }
        return Self.tooMany.retrying(afterSeconds: Int(max(1, until.unixSeconds - now.unixSeconds)))
    }

    /// Counts a refusal with 401, and replaces it by 429 if the address has too many; other problems stay unchanged.
    func count(_ problem: Problem, of request: AuthenticationRequest) async -> Problem {
        guard problem.code.status == .unauthorized else { return problem }
        let address = addresses.limited(of: request.head, peer: request.peer)
        let name = problem.code == .invalidToken ? "tokens:\(address)" : address
        if let known = refusal(name, at: request.now) { return known }
        do throws(RedisError) {
            let reply = try await FailedAuthenticationScript(address: name, windowSeconds: Self.windowSeconds)
                .run(redis)
            guard reply.failures > Self.failuresMax else { return problem }
            if blockedUntil.count >= 10_000 { blockedUntil.removeAll() }
            blockedUntil[name] = request.now + .seconds(reply.secondsLeft)
            return Self.tooMany.retrying(afterSeconds: Int(max(1, reply.secondsLeft)))
        } catch {
            return problem
        }
    }
}
