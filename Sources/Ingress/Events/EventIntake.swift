internal import Domain
internal import Platform

/// Enqueues events of clients with one Redis call.
final class EventIntake {
    private let redis: RedisStore
    private let authenticator: APIKeyAuthenticator
    private let stores: StoreGuard
    private let loop: EventLoop

    init(redis: RedisStore, authenticator: APIKeyAuthenticator, stores: StoreGuard, loop: EventLoop) {
        self.redis = redis
        self.authenticator = authenticator
        self.stores = stores
        self.loop = loop
    }

    /// Enqueues events: all of them, or none.
    /// - Returns: their ids, in order; those of a repeated idempotency key are the first ones.
    /// - Throws: why they are not taken; `acceptance_unknown` if they may have been taken nevertheless.
    func take(_ events: [EventSubmission], _ context: KeyContext) async throws(Problem) -> [EventID] {
        if stores.isRefused {
            throw Problem(.storeUnavailable, "a store may lose what is accepted, so nothing is; see /health")
        }
        var script = EventIntakeScript(events: events, key: context.key)
        var refreshes = 0
        var isUncertain = false
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
            if case .accepted(let ids) = reply.decision { return ids }
            if case .mismatch = reply.decision { throw refusal(reply, script.key, context) }
            // After a lost reply a refusal does not show that the first call had no effect.
            throw isUncertain ? Self.outcomeUnknown : refusal(reply, script.key, context)
        }
    }

    private func refresh(_ context: KeyContext, _ key: APIKey) async throws(Problem) -> APIKey {
        let request = context.request.authentication
        let reloaded = try await authenticator.refresh(request, key)
        if let problem = authenticator.problem(request, reloaded, .eventsWrite) { throw problem }
        return reloaded
    }

    private func refusal(_ reply: EventIntakeScript.Reply, _ key: APIKey, _ context: KeyContext) -> Problem {
        switch reply.decision {
        case .suspended: return APIKeyAuthenticator.suspended
        case .limited: return authenticator.limited(key, reply.rateLimit, at: context.now)
        case .saturated:
            let most = EventIntakeScript.laneEventsMax
            return Problem(.queueSaturated, "\(most) events wait already; nothing was taken").retrying(afterSeconds: 5)
        case .mismatch(let index):
            return Problem(
                .idempotencyMismatch, "the idempotency key of event \(index) was used with another type or other data")
        case .accepted, .stale, .unknown: preconditionFailure("no refusal")
        }
    }

    /// Runs the script; if the reply is lost, runs it once more with the same ids.
    private func run(
        _ script: EventIntakeScript, _ isUncertain: inout Bool
    ) async throws(Problem) -> EventIntakeScript.Reply {
        while true {
            do throws(RedisError) {
                return try await script.run(redis)
            } catch .outcomeUnknown where !isUncertain {
                isUncertain = true
                await redis.waitUntilReady(on: loop, atMost: .seconds(2))
            } catch {
                throw isUncertain ? Self.outcomeUnknown : Problem(redis: error)
            }
        }
    }

    private static let outcomeUnknown = Problem(
        .acceptanceUnknown,
        "the queue store did not answer: the events may have been taken; send them again with the same idempotency keys"
    )
}
