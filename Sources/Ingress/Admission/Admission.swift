internal import Domain
internal import Platform

/// Admits cart try-ons with one Redis call, unless data must be read from MariaDB first.
final class Admission {
    /// An accepted session.
    struct Acceptance: Sendable {
        var id: SessionID
        var creditsRemaining: Int64
        var isReplay: Bool
    }

    private let redis: RedisStore
    private let mysql: MySQLPool
    private let authenticator: APIKeyAuthenticator
    private let references: ReferenceCache
    private let accounts: AccountCache
    private let stores: StoreGuard
    private let loop: EventLoop

    init(
        redis: RedisStore, mysql: MySQLPool, authenticator: APIKeyAuthenticator, references: ReferenceCache,
        stores: StoreGuard, loop: EventLoop
    ) {
        self.redis = redis
        self.mysql = mysql
        self.authenticator = authenticator
        self.references = references
        self.stores = stores
        accounts = AccountCache(redis: redis, mysql: mysql)
        self.loop = loop
    }

    /// Admits a session.
    /// - Throws: why it is not accepted; `acceptance_unknown` if it may have been accepted nevertheless.
    func admit(
        _ context: KeyContext, _ id: SessionID, _ job: TryOnJob, photo: PhotoID?
    ) async throws(Problem) -> Acceptance {
        // A store that was not reachable at the start, or whose settings were changed since.
        if stores.isRefused {
            throw Problem(.storeUnavailable, "a store may lose what is accepted, so nothing is; see /health")
        }
        let script = AdmissionScript(id: id, job: job, photo: photo, key: context.key)
        var isUncertain = false
        do throws(Problem) {
            return try await decide(context, script, &isUncertain)
        } catch {
            // A refusal means that nothing was accepted; after a lost reply this is not certain.
            throw isUncertain ? await withdraw(script) : error
        }
    }

    private func decide(
        _ context: KeyContext, _ script: AdmissionScript, _ isUncertain: inout Bool
    ) async throws(Problem) -> Acceptance {
        var hasReadCredits = false
        var refreshes = 0
        while true {
            let reply = try await run(script, &isUncertain)
            switch reply.decision {
            case .stale, .unknown:
                refreshes += 1
                if refreshes > APIKeyAuthenticator.refreshesMax { throw APIKeyAuthenticator.unstable }
                script.key = try await refresh(context, script.key)
                continue
            default: context.request.set(reply.rateLimit.fields(script.key, at: context.now))
            }
            switch reply.decision {
            case .accepted(let remaining):
                return Acceptance(id: script.id, creditsRemaining: remaining, isReplay: false)
            case .replay(let first, let remaining):
                return Acceptance(id: first, creditsRemaining: remaining, isReplay: true)
            case .referenceUnknown where !script.areReferencesFresh:
                try await fillReferences(context, script)
                script.areReferencesFresh = true
            case .insufficientCredits where !hasReadCredits:
                guard try await mayReadCredits(script), try await learnCredits(script.job.organizationID) else {
                    throw refusal(reply, script, at: context.now)
                }
                hasReadCredits = true
            case .withdrawn: throw Self.outcomeUnknown(script.id)
            case .stale, .unknown, .suspended, .limited, .insufficientCredits, .saturated, .mismatch,
                .referenceUnknown, .categoryMissing:
                throw refusal(reply, script, at: context.now)
            }
        }
    }

    private func refusal(_ reply: AdmissionScript.Reply, _ script: AdmissionScript, at now: Timestamp) -> Problem {
        switch reply.decision {
        case .suspended: return APIKeyAuthenticator.suspended
        case .limited: return authenticator.limited(script.key, reply.rateLimit, at: now)
        case .insufficientCredits(let available):
            return Problem(
                .insufficientCredits, "this costs \(script.job.costCredits) credits, and \(available) are available")
        case .saturated:
            let most = AdmissionScript.laneSessionsMax
            return Problem(.queueSaturated, "\(most) sessions wait already; nothing was accepted")
                .retrying(afterSeconds: 5)
        case .mismatch: return Problem(.idempotencyMismatch, "this Idempotency-Key was used with another body")
        case .referenceUnknown(let number):
            return ReferenceCache.unknown(script.job, photo: script.photo, number)
        case .categoryMissing(let number):
            let index = ReferenceCache.itemIndex(script.job, number)
            return .invalid([
                Problem.Fault(
                    pointer: "/items/\(index)/category", code: FaultCode.required.rawValue,
                    message: "is required, because the garment has none")
            ])
        case .accepted, .replay, .stale, .unknown, .withdrawn: preconditionFailure("no refusal")
        }
    }

    // MARK: Rights and references

    private func refresh(_ context: KeyContext, _ key: APIKey) async throws(Problem) -> APIKey {
        let request = context.request.authentication
        let reloaded = try await authenticator.refresh(request, key)
        if let problem = authenticator.problem(request, reloaded, .tryonsWrite) { throw problem }
        return reloaded
    }

    /// Copies references from MariaDB to Redis; if one does not exist, counts the request and refuses it.
    private func fillReferences(
        _ context: KeyContext, _ script: AdmissionScript
    ) async throws(Problem) {
        if let refusal = try await references.fill(script.job, photo: script.photo, key: script.key) {
            try await context.count(authenticator)
            throw refusal
        }
    }

    // MARK: Redis

    /// Runs the script; if the reply is lost, runs it once more with the same session id.
    private func run(
        _ script: AdmissionScript, _ isUncertain: inout Bool
    ) async throws(Problem) -> AdmissionScript.Reply {
        while true {
            do throws(RedisError) {
                return try await script.run(redis)
            } catch .outcomeUnknown where !isUncertain {
                isUncertain = true
                _ = await waitForRedis()
            } catch {
                throw Problem(redis: error)
            }
        }
    }

    private func waitForRedis() async -> Bool {
        for _ in 0..<40 where !redis.isReady { await loop.sleep(for: .milliseconds(50)) }
        return redis.isReady
    }

    /// Tries to withdraw the session; returns the problem that reports the outcome.
    private func withdraw(_ script: AdmissionScript) async -> Problem {
        let unknown = Self.outcomeUnknown(script.id)
        guard await waitForRedis() else { return unknown }
        let reply: WithdrawScript.Reply
        do throws(RedisError) {
            reply = try await WithdrawScript(
                id: script.id, job: script.job, names: script.key.names
            ).run(redis)
        } catch {
            return unknown
        }
        switch reply {
        case .withdrawn: break
        // It was never accepted, or it has been acknowledged already; in that case MariaDB has it.
        case .neverAccepted where await isUnknownToMariaDB(script): break
        case .neverAccepted, .alreadyClaimed: return unknown
        }
        return Problem(.storeUnavailable, "the queue store did not answer; nothing was accepted")
    }

    private func isUnknownToMariaDB(_ script: AdmissionScript) async -> Bool {
        let (id, key) = (script.id, script.key)
        let found = await mysql.attempt { connection throws(MySQLError) in
            try SessionReader.find(id, key, connection) == nil
        }
        if case .success(true) = found { return true }
        return false
    }

    private static func outcomeUnknown(_ id: SessionID) -> Problem {
        var problem = Problem(
            .acceptanceUnknown,
            "the queue store did not answer: ask for session \(id), or send this again with the same Idempotency-Key")
        problem.sessionID = id
        return problem
    }

    // MARK: Credits

    /// Allows one read a second for each organisation, over all ingresses.
    private func mayReadCredits(_ script: AdmissionScript) async throws(Problem) -> Bool {
        let name = redis.keys.creditsRead(script.job.organizationID)
        do throws(RedisError) {
            return try await redis.send(
                RedisCommand(["SET", name, "1", "NX", "PX", "1000"]), to: script.key.names.slot) != .null
        } catch {
            throw Problem(redis: error)
        }
    }

    private func learnCredits(_ id: OrganizationID) async throws(Problem) -> Bool {
        let account = try await mysql.ask { connection throws(MySQLError) in try Account.read(id, connection) }
        guard let account else { return false }
        if case .failure(let error) = await accounts.store(account) { throw Problem(error) }
        return true
    }
}
