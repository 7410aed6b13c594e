internal import Shared

/// Lets keyed requests in: who asks, whether the key still holds, whether there is room, whether it may do this.
final class Gatekeeper {
    private let redis: RedisConnection
    private let keys: RedisKeys
    private let mysql: MySQLPool
    private let cache: KeyCache
    private let addresses: ClientAddresses
    private let limit: AddressLimit

    init(
        redis: RedisConnection, keys: RedisKeys, mysql: MySQLPool, cache: KeyCache, addresses: ClientAddresses,
        limit: AddressLimit
    ) {
        self.redis = redis
        self.keys = keys
        self.mysql = mysql
        self.cache = cache
        self.addresses = addresses
        self.limit = limit
    }

    /// Passes a request of any keyed route but the admission of try-ons, which has these steps in its own script.
    func pass(_ context: RequestContext, _ scope: Scope) async throws(Problem) -> APIKey {
        let (hash, found) = try await identify(context)
        var key = found
        for _ in 0..<Self.refreshesMax {
            let (code, room) = try await ask(key)
            switch code {
            case .passed:
                room.describe(in: context)
                try checkLife(context, key)
                try authorize(context, key, scope)
                return key
            case .limited:
                room.describe(in: context)
                throw room.problem
            case .suspended:
                room.describe(in: context)
                throw Self.suspended
            case .stale, .unknown:
                key = try await refresh(context, key, hash, seen: room.seenVersion)
            }
        }
        throw Self.restless
    }

    /// Versions that go on changing while they are read.
    static let refreshesMax = 5
    static let restless = Problem(.storeUnavailable, "the organisation's rights are changing; nothing was done")

    static let suspended = Problem(.organizationSuspended, "the organisation is suspended; ask your operator")

    // MARK: Steps

    /// Finds the key of a request.
    /// - Returns: its hash, and what is known of it.
    func identify(_ context: RequestContext) async throws(Problem) -> (hash: String, key: APIKey) {
        let text: String
        if let given = context.request.head.headers[.apiKey] {
            text = given
        } else if let given = context.request.head.headers[.authorization],
            given.lowercased().hasPrefix("bearer ")
        {
            text = String(given.dropFirst("bearer ".count))
        } else {
            throw Problem(.missingKey, "send an API key in X-API-Key, or in Authorization: Bearer drape_…")
        }
        guard let secret = APIKeySecret(text) else {
            throw Problem(.invalidKey, "this is not an API key: its form or its check characters are wrong")
        }
        let hash = secret.hash
        if !cache.knows(hash), let refusal = limit.refusal(of: context.request, at: context.now) { throw refusal }
        guard let key = try await cache.find(hash, at: context.now)
        else { throw Problem(.invalidKey, "there is no such API key") }
        return (hash, key)
    }

    /// Whether the key may be used at all: asked behind the gate, which knows whether the cache still holds.
    func checkLife(_ context: RequestContext, _ key: APIKey) throws(Problem) {
        if !key.isActive { throw Problem(.keyDisabled, "this API key is disabled") }
        if let end = key.expiresAt, end <= context.now {
            throw Problem(.keyExpired, "this API key expired at \(end)")
        }
    }

    /// Whether, as far as the cache knows, the key may do this.
    func isUsable(_ context: RequestContext, _ key: APIKey, _ scope: Scope) -> Bool {
        do throws(Problem) {
            try authorize(context, key, scope)
        } catch {
            return false
        }
        return key.isActive && key.expiresAt.map { $0 > context.now } ?? true
    }

    /// What the key may do, from where.
    func authorize(_ context: RequestContext, _ key: APIKey, _ scope: Scope) throws(Problem) {
        if !key.allowedAddresses.isEmpty {
            let address = addresses.client(of: context.request)
            guard key.allowedAddresses.contains(where: { $0.contains(address) }) else {
                throw Problem(.ipNotAllowed, "this API key may not be used from \(address)")
            }
        }
        guard key.allows(scope) else {
            throw Problem(.insufficientScope, "this API key lacks the scope \(scope.rawValue)")
        }
    }

    /// Reads the key and the account anew, and tells Redis.
    ///
    /// `seen` is the version that Redis had before.
    func refresh(
        _ context: RequestContext, _ key: APIKey, _ hash: String, seen: Int64?
    ) async throws(Problem) -> APIKey {
        let organizationID = key.organizationID
        let account = try await mysql.ask { connection throws(MySQLError) in
            try Account.read(organizationID, connection)
        }
        let reloaded = try await cache.reload(hash, at: context.now)
        guard let reloaded, let account else {
            throw Problem(.invalidKey, "there is no such API key")
        }
        do throws(RedisError) {
            let ahead = seen.flatMap { $0 > account.authVersion ? $0 : nil }
            try await account.learn(redis, keys, settingBack: ahead)
        } catch {
            throw Problem(redis: error)
        }
        return reloaded
    }

    private func ask(_ key: APIKey) async throws(Problem) -> (GateCode, RateRoom) {
        do throws(RedisError) {
            let reply = try await redis.run(
                GateScript.script,
                keys: [key.names.rateLimit, key.names.credits]
            ) { command in
                command.append(key.authVersion)
                command.append(key.emissionIntervalUs)
                command.append(key.burstUs)
            }
            let parts = reply.elements ?? []
            guard let code = parts.first?.integer.flatMap({ GateCode(rawValue: $0) }) else {
                throw RedisError.unexpectedReply("\(reply)")
            }
            return (code, RateRoom(key, parts))
        } catch {
            throw Problem(redis: error)
        }
    }
}
