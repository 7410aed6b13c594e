internal import Domain
internal import Platform

/// Authenticates requests with an API key: finds the key, and checks its validity, rate limit, address and scope.
final class APIKeyAuthenticator {
    /// The key and rate limit of a request that passed all checks and was counted.
    struct Passed {
        let key: APIKey
        let rateLimit: RateLimitState
    }

    /// The most attempts for one request while the organisation's rights keep changing.
    static let refreshesMax = 5
    static let unstable = Problem(
        .storeUnavailable, "the organisation's rights are changing at the moment; nothing was done")
    static let suspended = Problem(.organizationSuspended, "the organisation is suspended; ask your operator")
    private let redis: RedisStore
    private let mysql: MySQLPool
    private let cache: APIKeyCache
    private let accounts: AccountCache
    private let addresses: ClientAddresses
    private let limiter: FailedAuthenticationLimiter
    /// Keys whose last request was refused because of their rate limit, until a request may pass.
    private var limitedUntil: [APIKeyID: Timestamp] = [:]

    init(
        redis: RedisStore, mysql: MySQLPool, cache: APIKeyCache, addresses: ClientAddresses,
        limiter: FailedAuthenticationLimiter
    ) {
        self.redis = redis
        self.mysql = mysql
        self.cache = cache
        accounts = AccountCache(redis: redis, mysql: mysql)
        self.addresses = addresses
        self.limiter = limiter
    }

    /// Finds the key of a request, without checking whether it is still valid.
    func identify(_ request: AuthenticationRequest) async throws(Problem) -> APIKey {
        let text = try text(of: request)
        if let key = cache.known(text, at: request.now) { return key }
        guard let secret = APIKeySecret(text) else {
            throw Problem(.invalidKey, "this is not an API key: its form or its check characters are wrong")
        }
        if let refusal = limiter.refusal(of: request) { throw refusal }
        guard let key = try await cache.find(secret, at: request.now) else {
            throw Problem(.invalidKey, "there is no such API key")
        }
        return key
    }

    private func text(of request: AuthenticationRequest) throws(Problem) -> String {
        if let given = request.head.headers[.apiKey] { return given }
        if let given = request.bearer { return given }
        throw Problem(.missingKey, "send an API key in X-API-Key, or in Authorization: Bearer drape_…")
    }

    /// Counts a request of a key, unless it was counted before, and checks the key's validity, address and scope.
    /// - Throws: a refusal, with the rate limit's header fields once the limit was checked.
    func authenticate(
        _ request: AuthenticationRequest, _ identified: APIKey, _ scope: Scope, isCounted: Bool = true
    ) async throws(Problem) -> Passed {
        var key = identified
        for _ in 0..<Self.refreshesMax {
            let reply = try await ask(key, isCounted: isCounted)
            var refusal: Problem?
            switch reply.decision {
            case .passed: refusal = problem(request, key, scope)
            case .limited where isCounted: refusal = limited(key, reply.rateLimit, at: request.now)
            case .limited: refusal = problem(request, key, scope)
            case .suspended: refusal = Self.suspended
            case .stale, .unknown:
                key = try await refresh(request, key)
                continue
            }
            guard var refusal else { return Passed(key: key, rateLimit: reply.rateLimit) }
            refusal.fields = reply.rateLimit.fields(key, at: request.now)
            throw refusal
        }
        throw Self.unstable
    }

    // MARK: Rate limit

    /// The refusal of a request that exceeds the limit of its key.
    func limited(_ key: APIKey, _ state: RateLimitState, at now: Timestamp) -> Problem {
        if limitedUntil.count >= 10_000 { limitedUntil.removeAll() }
        limitedUntil[key.id] = now + .seconds(state.retryAfterSeconds)
        return state.problem(key)
    }

    /// Refuses the request of a key that is likely to exceed its limit still, before its body is parsed.
    ///
    /// Redis decides; it does not count the request, so the handler can.
    func refuseIfStillLimited(_ request: AuthenticationRequest, _ key: APIKey) async throws(Problem) {
        guard let until = limitedUntil[key.id], until > request.now else { return }
        let reply = try await ask(key, isCounted: false)
        guard reply.decision == .limited else {
            limitedUntil[key.id] = nil
            return
        }
        var refusal = limited(key, reply.rateLimit, at: request.now)
        refusal.fields = reply.rateLimit.fields(key, at: request.now)
        throw refusal
    }

    /// Why the key, as cached, may not make this request; nil if it may.
    func problem(_ request: AuthenticationRequest, _ key: APIKey, _ scope: Scope) -> Problem? {
        key.validityProblem(at: request.now)
            ?? key.authorizationProblem(scope, from: addresses.client(of: request.head, peer: request.peer))
    }

    /// Reloads the key and the account from MariaDB, and updates Redis.
    func refresh(_ request: AuthenticationRequest, _ key: APIKey) async throws(Problem) -> APIKey {
        let organizationID = key.organizationID
        let account = try await mysql.ask { connection throws(MySQLError) in
            try Account.read(organizationID, connection)
        }
        // First the copy, because it may raise the version that the key is read with.
        if let account, case .failure(let error) = await accounts.store(account) { throw Problem(error) }
        guard let secret = APIKeySecret(try text(of: request)) else { throw Self.unstable }
        let reloaded = try await cache.reload(secret, at: request.now)
        guard let reloaded, account != nil else { throw Problem(.invalidKey, "there is no such API key") }
        return reloaded
    }

    private func ask(_ key: APIKey, isCounted: Bool) async throws(Problem) -> AuthenticationScript.Reply {
        do throws(RedisError) {
            return try await AuthenticationScript(key: key, isCounted: isCounted).run(redis)
        } catch {
            throw Problem(redis: error)
        }
    }
}
