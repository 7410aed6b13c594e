/// The queues of all shards, as one worker process uses them.
package final class Queue {
    /// What a claim has brought.
    package struct Claims: Sendable {
        package var jobs: [Claim]
        /// A job that crashed a worker waits for one that holds nothing.
        package var isLonerWaiting: Bool
        /// Work is left that this process has no room for.
        package var hasMore: Bool
        /// How much room this process is to make for a heavy job that has waited for long; 0: none.
        package var wantedWeight: Int
        /// When next something is due, in ms since 1970 by Redis's clock.
        package var nextDueUnixMs: Int64?
    }

    /// What a tick has found.
    package struct Tick: Sendable {
        package var heldIDs: [String]
        package var nextDueUnixMs: Int64?
        package var reaped: Int
        package var buried: Int
        /// Lanes wait for a worker: one may have missed its wake-up.
        package var hasWork: Bool
    }

    package static let leaseMs: Int64 = 15_000
    package static let pulseMsMax: Int64 = 10_000
    /// One in company, which marks the job, and three alone.
    package static let crashesUntilBurial: Int64 = 4
    /// A job without room for it waits so long before a worker makes room, and that worker tries for so long.
    package static let heavyPatienceMs: Int64 = 5_000
    package static let roomMakingMs: Int64 = 20_000
    package let boot: String
    private let redis: RedisConnection
    private let keys: RedisKeys

    package init(boot: String, redis: RedisConnection, keys: RedisKeys) {
        self.boot = boot
        self.redis = redis
        self.keys = keys
    }

    package var shardCount: Int { keys.shardCount }

    /// Claims jobs of one queue in one shard.
    /// - Parameters:
    ///   - queue: which queue.
    ///   - shard: which shard.
    ///   - freeWeight: how much more this process can hold.
    ///   - reserve: how much of it is kept for lanes without work in flight.
    ///   - laneCap: most weight of one lane in flight.
    ///   - jobsMax: most jobs of one claim.
    ///   - heldJobs: jobs that this process holds already, wherever they are from.
    /// - Returns: the jobs, which this process now holds.
    /// - Throws: `fenced`, or that Redis could not be asked.
    package func claim(
        _ queue: QueueName, shard: Int, freeWeight: Int, reserve: Int, laneCap: Int, jobsMax: Int = 256,
        heldJobs: Int = 0
    ) async throws(QueueError) -> Claims {
        let reply = try await run(
            ClaimScript.script, [keys.queue(queue, shard: shard), keys.waiters(queue, shard: shard)]
        ) { command in
            command.append(boot)
            command.append(Int64(freeWeight))
            command.append(Int64(reserve))
            command.append(Self.leaseMs)
            command.append(Int64(laneCap))
            command.append(keys.jobPrefix(queue, shard: shard))
            command.append(Int64(jobsMax))
            command.append(Int64(heldJobs))
            command.append(Self.heavyPatienceMs)
            command.append(Self.roomMakingMs)
        }
        guard let parts = reply.elements, parts.count >= 3 else { throw Self.unexpected(reply) }
        if parts[0].integer == 1 { throw .fenced }
        let jobs = stride(from: 3, to: parts.count - 8, by: 9).map { index in
            Claim(
                queue: queue, shard: shard, id: parts[index].text ?? "", number: parts[index + 1].integer ?? 0,
                attempts: Int(parts[index + 2].integer ?? 0), crashes: Int(parts[index + 3].integer ?? 0),
                weight: Int(parts[index + 7].integer ?? 1), isCancelRequested: parts[index + 4].text == "1",
                body: Self.bytes(parts[index + 5]),
                photo: parts[index + 6].text ?? "", lane: parts[index + 8].text ?? "")
        }
        let flags = parts[1].integer ?? 0
        return Claims(
            jobs: jobs, isLonerWaiting: flags & 1 != 0, hasMore: flags & 2 != 0, wantedWeight: Int(flags >> 2),
            nextDueUnixMs: Self.due(parts[2]))
    }

    /// Notes that a job's side effects begin.
    package func started(_ claim: Claim) async throws(QueueError) {
        _ = try await run(QueueScript.started, [keys.job(claim.queue, shard: claim.shard, claim.id)]) { _ in }
    }

    /// Gives a job back, at once or after `delay`; `laneRest` keeps its whole lane out of the ring as long.
    /// - Returns: false where this process did not hold it any more.
    @discardableResult
    package func giveBack(
        _ claim: Claim, delay: Duration = .zero, countsAttempt: Bool, laneRest: Duration = .zero
    ) async throws(QueueError) -> Bool {
        try await giveBack(
            claim.queue, shard: claim.shard, id: claim.id, delay: delay, countsAttempt: countsAttempt,
            laneRest: laneRest)
    }

    /// Gives a job back of which nothing is known but that this process holds it.
    package func giveBack(_ queue: QueueName, shard: Int, id: String) async throws(QueueError) {
        _ = try await giveBack(queue, shard: shard, id: id, delay: .zero, countsAttempt: false, laneRest: .zero)
    }

    private func giveBack(
        _ queue: QueueName, shard: Int, id: String, delay: Duration, countsAttempt: Bool, laneRest: Duration
    ) async throws(QueueError) -> Bool {
        let reply = try await run(
            QueueScript.giveBack,
            [keys.queue(queue, shard: shard), keys.job(queue, shard: shard, id), keys.waiters(queue, shard: shard)]
        ) { command in
            command.append(boot)
            command.append(id)
            command.append(delay.milliseconds(rounded: .up))
            command.append(countsAttempt ? "1" : "0")
            command.append(WakeMessage(queue: queue, shard: shard).text)
            command.append(laneRest.milliseconds(rounded: .up))
        }
        return reply.integer == 1
    }

    /// Ends a job: settles its account, enqueues its deliveries, and forgets it.
    /// - Returns: false where this process did not hold it any more.
    @discardableResult
    package func acknowledge(
        _ claim: Claim, organization: OrganizationID, settling account: Account? = nil,
        deliveries: [(id: String, lane: String)] = []
    ) async throws(QueueError) -> Bool {
        let shard = claim.shard
        let reply = try await run(
            QueueScript.acknowledge,
            [
                keys.queue(claim.queue, shard: shard), keys.job(claim.queue, shard: shard, claim.id),
                keys.waiters(claim.queue, shard: shard), keys.credits(organization), keys.holds(organization),
                keys.queue(.webhooks, shard: shard), keys.waiters(.webhooks, shard: shard),
            ]
        ) { command in
            command.append(boot)
            command.append(claim.id)
            command.append(account.map { String($0.balanceCredits) } ?? "")
            command.append(account.map { String($0.creditsVersion) } ?? "")
            command.append(keys.jobPrefix(.webhooks, shard: shard))
            command.append(WakeMessage(queue: claim.queue, shard: shard).text)
            command.append(WakeMessage(queue: .webhooks, shard: shard).text)
            for delivery in deliveries {
                command.append(delivery.id)
                command.append(delivery.lane)
            }
        }
        return reply.integer == 1
    }

    /// Lets go of the holds of sessions that MariaDB has decided about, right behind its COMMIT.
    package func settle(_ account: Account, _ sessions: [SessionID]) async throws(QueueError) {
        let id = account.organizationID
        _ = try await run(SettleScript.script, [keys.credits(id), keys.holds(id)]) { command in
            command.append(account.balanceCredits)
            command.append(account.creditsVersion)
            for session in sessions { command.append(session.description) }
        }
    }

    /// Moves a job to the burial queue.
    package func bury(_ claim: Claim) async throws(QueueError) {
        _ = try await run(
            QueueScript.bury,
            [
                keys.queue(claim.queue, shard: claim.shard), keys.job(claim.queue, shard: claim.shard, claim.id),
                keys.queue(.burial, shard: claim.shard), keys.waiters(.burial, shard: claim.shard),
            ]
        ) { command in
            command.append(boot)
            command.append(claim.id)
            command.append(WakeMessage(queue: .burial, shard: claim.shard).text)
        }
    }

    /// Wakes another worker.
    package func passOn(_ message: WakeMessage) async throws(QueueError) {
        _ = try await run(QueueScript.passOn, [keys.waiters(message.queue, shard: message.shard)]) { command in
            command.append(message.text)
        }
    }

    /// Does the chores of one queue in one shard; `dead` is an earlier boot of this very instance.
    package func tick(_ queue: QueueName, shard: Int, dead: String? = nil) async throws(QueueError) -> Tick {
        let burial: QueueName = queue == .sessions ? .burial : queue
        let reply = try await run(
            TickScript.script,
            [
                keys.queue(queue, shard: shard), keys.pulse(queue, shard: shard), keys.waiters(queue, shard: shard),
                keys.queue(burial, shard: shard), keys.waiters(burial, shard: shard),
            ]
        ) { command in
            command.append(boot)
            command.append(Self.leaseMs)
            command.append(keys.jobPrefix(queue, shard: shard))
            command.append(Self.crashesUntilBurial)
            command.append(WakeMessage(queue: queue, shard: shard).text)
            command.append(WakeMessage(queue: burial, shard: shard).text)
            command.append(dead ?? "")
            command.append(Self.pulseMsMax)
        }
        guard let parts = reply.elements, parts.count >= 5 else { throw Self.unexpected(reply) }
        if parts[0].integer == 1 { throw .fenced }
        return Tick(
            heldIDs: parts.dropFirst(5).compactMap(\.text), nextDueUnixMs: Self.due(parts[1]),
            reaped: Int(parts[2].integer ?? 0), buried: Int(parts[3].integer ?? 0),
            hasWork: parts[4].integer != 0)
    }

    /// Enqueues a job, unless it is known.
    package func enqueue(
        _ queue: QueueName, shard: Int, id: String, lane: String, weight: Int, body: [UInt8], photo: String = "",
        dueUnixMs: Int64 = 0
    ) async throws(QueueError) {
        _ = try await run(
            QueueScript.enqueue,
            [
                keys.queue(queue, shard: shard), keys.job(queue, shard: shard, id), keys.waiters(queue, shard: shard),
            ]
        ) { command in
            command.append(id)
            command.append(lane)
            command.append(Int64(weight))
            command.append(bytes: body)
            command.append(WakeMessage(queue: queue, shard: shard).text)
            command.append(dueUnixMs)
            command.append(photo)
        }
    }

    /// Enqueues a held job anew, for Redis has forgotten it.
    package func enqueueAgain(_ claim: Claim) async throws(QueueError) {
        try await enqueue(
            claim.queue, shard: claim.shard, id: claim.id, lane: claim.lane, weight: claim.weight, body: claim.body,
            photo: claim.photo)
    }

    // MARK: Replies

    private func run(
        _ script: RedisScript, _ names: [String], _ arguments: (inout RedisCommand) -> Void
    ) async throws(QueueError) -> RedisReply {
        do throws(RedisError) {
            return try await redis.run(script, keys: names, arguments)
        } catch {
            throw .redis(error)
        }
    }

    private static func due(_ reply: RedisReply) -> Int64? {
        let due = Int64(Double(reply.text ?? "") ?? 0)
        return due > 0 ? due : nil
    }

    private static func bytes(_ reply: RedisReply) -> [UInt8] {
        if case .bulk(let bytes) = reply { bytes } else { [] }
    }

    private static func unexpected(_ reply: RedisReply) -> QueueError {
        .redis(.unexpectedReply("\(reply)"))
    }
}
