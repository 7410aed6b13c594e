internal import Shared

/// Gets a cart try-on accepted, in one Redis call where nothing has to be read first.
final class Admission {
    /// An accepted session.
    struct Acceptance: Sendable {
        var id: SessionID
        var creditsRemaining: Int64
        var isReplay: Bool
    }

    static let laneSessionsMax: Int64 = 100_000
    private let redis: RedisConnection
    private let keys: RedisKeys
    private let mysql: MySQLPool
    private let gate: Gatekeeper
    private let references: ReferenceFiller
    private let loop: EventLoop
    private var lastCreditReads: [OrganizationID: Timestamp] = [:]

    init(
        redis: RedisConnection, keys: RedisKeys, mysql: MySQLPool, gate: Gatekeeper, references: ReferenceFiller,
        loop: EventLoop
    ) {
        self.redis = redis
        self.keys = keys
        self.mysql = mysql
        self.gate = gate
        self.references = references
        self.loop = loop
    }

    /// Accepts a session, or says why not.
    func admit(
        _ context: RequestContext, _ id: SessionID, _ ticket: SessionTicket, photo: PhotoID?, hash: String, key: APIKey
    ) async throws(Problem) -> Acceptance {
        var request = AdmissionRequest(id: id, ticket: ticket, photo: photo, key: key)
        do throws(Problem) {
            return try await decide(context, &request, hash)
        } catch {
            // A refusal promises that nothing was accepted: where an answer was lost, it may have been.
            throw request.isUncertain ? await withdraw(request) : error
        }
    }

    private func decide(
        _ context: RequestContext, _ request: inout AdmissionRequest, _ hash: String
    ) async throws(Problem) -> Acceptance {
        let (id, ticket, photo) = (request.id, request.ticket, request.photo)
        var hasReadCredits = false
        var refreshes = 0
        while true {
            let reply = try await ask(&request)
            if ![.stale, .unknown].contains(reply.code) { reply.room.describe(in: context) }
            switch reply.code {
            case .accepted(let remaining):
                return Acceptance(id: id, creditsRemaining: remaining, isReplay: false)
            case .replay(let first, let remaining):
                return Acceptance(id: first, creditsRemaining: remaining, isReplay: true)
            case .stale, .unknown:
                refreshes += 1
                if refreshes > Gatekeeper.refreshesMax { throw Gatekeeper.restless }
                request.key = try await gate.refresh(context, request.key, hash, seen: reply.room.seenVersion)
                try gate.checkLife(context, request.key)
                try gate.authorize(context, request.key, .tryonsWrite)
            case .suspended: throw Gatekeeper.suspended
            case .limited: throw reply.room.problem
            case .referenceUnknown(let number):
                if request.areReferencesFresh { throw ReferenceFiller.unknown(ticket, photo: photo, number) }
                try await references.fill(context, ticket, photo: photo, key: request.key)
                request.areReferencesFresh = true
            case .categoryMissing(let number):
                let index = ReferenceFiller.itemIndex(ticket, number)
                throw .invalid([
                    Problem.Fault(
                        pointer: "/items/\(index)/category", code: "required",
                        message: "is required, for the garment has none")
                ])
            case .credits(let available):
                let mayHelp = !hasReadCredits && mayReadCredits(ticket.organizationID, at: context.now)
                guard mayHelp, try await learnCredits(ticket.organizationID) else {
                    throw Problem(
                        .insufficientCredits,
                        "this costs \(ticket.costCredits) credits, and \(available) are available")
                }
                hasReadCredits = true
            case .saturated:
                throw Problem(.queueSaturated, "\(Self.laneSessionsMax) sessions wait already; nothing was accepted")
                    .retrying(afterSeconds: 5)
            case .anotherBody:
                throw Problem(.idempotencyMismatch, "this Idempotency-Key was used with another body")
            case .withdrawn: throw Self.outcomeUnknown(id)
            }
        }
    }

    // MARK: Redis

    /// Asks once; where the answer is lost, once more with the very same session.
    private func ask(_ request: inout AdmissionRequest) async throws(Problem) -> AdmissionReply {
        while true {
            do throws(RedisError) {
                let reply = try await redis.run(AdmissionScript.script, keys: request.keys, request.arguments)
                guard let read = AdmissionReply(reply, request.key) else {
                    throw RedisError.unexpectedReply("\(reply)")
                }
                return read
            } catch .outcomeUnknown where !request.isUncertain {
                request.isUncertain = true
                _ = await waitForRedis()
            } catch {
                throw Problem(redis: error)
            }
        }
    }

    private func waitForRedis() async -> Bool {
        let signal = LoopSignal()
        for _ in 0..<40 where !redis.isReady {
            loop.schedule(after: .milliseconds(50)) { signal.ring() }
            await signal.wait()
        }
        return redis.isReady
    }

    /// Tries to take the session back, and says what is known of it.
    private func withdraw(_ request: AdmissionRequest) async -> Problem {
        let unknown = Self.outcomeUnknown(request.id)
        guard await waitForRedis() else { return unknown }
        let code: Int64?
        do throws(RedisError) {
            let tenant = request.key.names
            let names = [
                tenant.session(request.id), tenant.credits, tenant.holds,
                tenant.idempotency(hash: request.ticket.idempotencyHash ?? "none"),
            ]
            code = try await redis.run(AdmissionScript.withdraw, keys: names) { command in
                command.append(request.id)
                command.append(Int64(300))
            }.integer
        } catch {
            return unknown
        }
        switch code {
        case 1: break
        // It was never accepted, or has ended already, which MariaDB knows.
        case 0 where await isUnknownToMariaDB(request): break
        default: return unknown
        }
        return Problem(.storeUnavailable, "the queue store did not answer; nothing was accepted")
    }

    private func isUnknownToMariaDB(_ request: AdmissionRequest) async -> Bool {
        let (id, ticket) = (request.id, request.ticket)
        let found = await mysql.attempt { connection throws(MySQLError) in
            try SessionReader.find(id, ticket.organizationID, ticket.environment, connection) == nil
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

    /// Once a second an organisation.
    private func mayReadCredits(_ id: OrganizationID, at now: Timestamp) -> Bool {
        if let last = lastCreditReads[id], last + .seconds(1) > now { return false }
        if lastCreditReads.count >= 10_000 { lastCreditReads.removeAll() }
        lastCreditReads[id] = now
        return true
    }

    private func learnCredits(_ id: OrganizationID) async throws(Problem) -> Bool {
        let account = try await mysql.ask { connection throws(MySQLError) in try Account.read(id, connection) }
        guard let account else { return false }
        do throws(RedisError) {
            try await account.learn(redis, keys)
        } catch {
            throw Problem(redis: error)
        }
        return true
    }
}
