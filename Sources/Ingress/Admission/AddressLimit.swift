internal import Shared

/// Counts answers of 401 by address: whoever has had a hundred in a quarter of an hour is told to wait.
final class AddressLimit {
    private static let refusalsMax: Int64 = 100
    private static let windowSeconds: Int64 = 15 * 60
    private static let tooMany = Problem(
        .rateLimited, "this address has made too many requests without valid credentials")
    private let redis: RedisConnection
    private let keys: RedisKeys
    private let addresses: ClientAddresses
    /// Addresses that have had too many, keys and tokens apart: no store is asked for them.
    private var blockedUntil: [String: Timestamp] = [:]

    init(redis: RedisConnection, keys: RedisKeys, addresses: ClientAddresses) {
        self.redis = redis
        self.keys = keys
        self.addresses = addresses
    }

    /// The answer to an unknown key from an address that has had too many already, as far as this loop knows.
    func refusal(of request: HTTPRequest, at now: Timestamp) -> Problem? {
        refusal(addresses.limited(of: request), at: now)
    }

    private func refusal(_ name: String, at now: Timestamp) -> Problem? {
        guard let until = blockedUntil[name], until > now else { return nil }
        return Self.tooMany.retrying(afterSeconds: Int(max(1, until.unixSeconds - now.unixSeconds)))
    }

    /// Counts an answer of 401, and turns it into 429 where the address has had too many; leaves others as they are.
    func count(_ problem: Problem, of request: HTTPRequest, at now: Timestamp) async -> Problem {
        guard problem.code.status == .unauthorized else { return problem }
        let address = addresses.limited(of: request)
        // A page that polls with an old token must not keep the address's keys out.
        let name = problem.code == .invalidToken ? "tokens:\(address)" : address
        if let known = refusal(name, at: now) { return known }
        do throws(RedisError) {
            let reply = try await redis.run(AddressLimitScript.script, keys: [keys.addressLimit(name)]) { command in
                command.append(Self.windowSeconds)
            }
            let parts = (reply.elements ?? []).compactMap(\.integer)
            guard parts.count == 2, parts[0] > Self.refusalsMax else { return problem }
            if blockedUntil.count >= 10_000 { blockedUntil.removeAll() }
            blockedUntil[name] = now + .seconds(parts[1])
            return Self.tooMany.retrying(afterSeconds: Int(max(1, parts[1])))
        } catch {
            return problem
        }
    }
}
