internal import Domain
internal import Platform

/// Claims jobs for one worker process, and ends, releases and buries what it holds.
final class QueueConsumer {
    /// The name of this life of the process.
    let boot: String
    private let redis: RedisStore

    init(boot: String, redis: RedisStore) {
        self.boot = boot
        self.redis = redis
    }

    var shardCount: Int { redis.keys.shardCount }

    /// Claims jobs of one kind in one shard.
    /// - Parameters:
    ///   - place: the queue and the shard.
    ///   - laneWeightMax: the most weight of one lane in flight.
    ///   - freeWeight: how much more this process can hold.
    ///   - reserve: how much of it is kept for lanes without work in flight.
    ///   - jobsMax: the most jobs of one claim.
    ///   - heldJobs: the jobs that this process holds already.
    /// - Returns: the jobs, which this process now holds, and what else Redis told.
    /// - Throws: `fenced`, or that Redis could not be asked.
    func claim(
        _ place: QueuePlace, laneWeightMax: Int, freeWeight: Int, reserve: Int, jobsMax: Int = 256, heldJobs: Int = 0
    ) async throws(QueueError) -> ClaimScript.Reply {
        try await ClaimScript(
            boot: boot, place: place, laneWeightMax: laneWeightMax, freeWeight: freeWeight, reserve: reserve,
            jobsMax: jobsMax, heldJobs: heldJobs
        ).run(redis)
    }

    /// Notes that a job's side effects begin.
    func start(_ claim: Claim) async throws(QueueError) {
        do throws(RedisError) { try await StartScript(claim: claim).run(redis) } catch { throw .redis(error) }
    }

    /// Gives a job back, at once or after `delay`; `laneRest` keeps its whole lane out of the ring as long.
    /// - Returns: false if this process did not hold it any more.
    @discardableResult
    func release(
        _ claim: Claim, delay: Duration = .zero, countsAttempt: Bool, laneRest: Duration = .zero
    ) async throws(QueueError) -> Bool {
        let script = ReleaseScript(
            boot: boot, place: claim.place, id: claim.id, delay: delay, countsAttempt: countsAttempt,
            laneRest: laneRest)
        do throws(RedisError) { return try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Gives a job back of which nothing is known but that this process holds it.
    func release(_ id: String, in place: QueuePlace) async throws(QueueError) {
        let script = ReleaseScript(boot: boot, place: place, id: id)
        do throws(RedisError) { _ = try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Ends a job: settles its account, enqueues its deliveries, and forgets it.
    /// - Returns: false if this process did not hold it any more.
    @discardableResult
    func acknowledge(
        _ claim: Claim, organization: OrganizationID, settling account: Account? = nil,
        deliveries: [PendingDelivery] = []
    ) async throws(QueueError) -> Bool {
        let script = AcknowledgeScript(
            boot: boot, claim: claim, organizationID: organization, account: account, deliveries: deliveries)
        do throws(RedisError) { return try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Releases the holds of sessions that MariaDB has decided about, right after its COMMIT.
    func settle(_ account: Account, _ sessions: [SessionID]) async throws(QueueError) {
        do throws(RedisError) { try await account.settle(sessions, redis) } catch { throw .redis(error) }
    }

    /// Moves a job to its kind's burial queue.
    func bury(_ claim: Claim, in burial: QueueName) async throws(QueueError) {
        let script = BuryScript(boot: boot, claim: claim, burial: burial)
        do throws(RedisError) { try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Wakes another worker for a place.
    func passWake(_ place: QueuePlace) async throws(QueueError) {
        do throws(RedisError) { try await PassWakeScript(place: place).run(redis) } catch { throw .redis(error) }
    }

    /// Does the periodic work on one queue in one shard; `deadBoot` is an earlier boot of this very instance.
    func tick(
        _ place: QueuePlace, _ crashPolicy: CrashPolicy, deadBoot: String? = nil
    ) async throws(QueueError) -> TickScript.Reply {
        try await TickScript(boot: boot, place: place, crashPolicy: crashPolicy, deadBoot: deadBoot).run(redis)
    }

    /// Enqueues a held job anew, because Redis has forgotten it.
    func enqueueAgain(_ claim: Claim) async throws(QueueError) {
        do throws(RedisError) {
            try await QueueProducer(redis).enqueue(claim.job, in: claim.place)
        } catch {
            throw .redis(error)
        }
    }
}
