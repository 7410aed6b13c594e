internal import Domain
internal import Platform

/// Claims jobs for one worker process, and acknowledges, releases and buries them.
final class QueueConsumer {
    /// The random id of this process start.
    let boot: String
    /// For the scripts that end jobs of a kind with more steps.
    let redis: RedisStore

    private let starts: ScriptBatch<Claim, StartScript.Reply>
    private let acknowledgements: ScriptBatch<Claim, Bool>

    init(loop: EventLoop, boot: String, redis: RedisStore) {
        self.boot = boot
        self.redis = redis
        starts = ScriptBatch(loop: loop) { place, claims throws(RedisError) in
            try await StartScript(place: place, claims: claims).run(redis)
        }
        acknowledgements = ScriptBatch(loop: loop) { place, claims throws(RedisError) in
            try await AcknowledgeScript(boot: boot, place: place, claims: claims).run(redis)
        }
    }

    var shardCount: Int { redis.keys.shardCount }

    /// Claims jobs of one kind in one shard.
    /// - Parameters:
    ///   - place: the queue and the shard.
    ///   - laneWeightMax: the maximum weight of one lane in flight.
    ///   - freeWeight: the additional weight that this process can hold.
    ///   - reserve: the part of `freeWeight` that is kept for lanes without work in flight.
    ///   - jobsMax: the maximum number of jobs of one claim.
    ///   - heldJobs: the number of jobs that this process already holds.
    ///   - room: what the process may claim of each lane.
    /// - Returns: the jobs, which this process now holds, and the rest of the reply.
    /// - Throws: `fenced`, or `redis` if Redis fails.
    func claim(
        _ place: QueuePlace, laneWeightMax: Int, freeWeight: Int, reserve: Int, jobsMax: Int = 256, heldJobs: Int = 0,
        room: LaneRoom = LaneRoom()
    ) async throws(QueueError) -> ClaimScript.Reply {
        try await ClaimScript(
            boot: boot, place: place, laneWeightMax: laneWeightMax, freeWeight: freeWeight, reserve: reserve,
            jobsMax: jobsMax, heldJobs: heldJobs, room: room
        ).run(redis)
    }

    /// Marks a job as started, before its side effects begin.
    @discardableResult
    func start(_ claim: Claim) async throws(QueueError) -> StartScript.Reply {
        do throws(RedisError) { return try await starts.run(claim, at: claim.place) } catch { throw .redis(error) }
    }

    /// Whether a started job is to be canceled; false if Redis does not say so in time.
    func isCancelRequested(_ claim: Claim) async -> Bool {
        let place = claim.place
        let name = redis.keys.job(place.queue, shard: place.shard, claim.id)
        do throws(RedisError) {
            return try await redis.send(
                RedisCommand(["HEXISTS", name, "cancel"]), to: redis.keys.slot(ofShard: place.shard)
            ).integer == 1
        } catch {
            return false
        }
    }

    /// Releases a job, at once or after `delay`; `laneRest` keeps its whole lane out of the rotation for that time.
    /// - Returns: false if this process no longer held it.
    @discardableResult
    func release(
        _ claim: Claim, delay: Duration = .zero, countsAttempt: Bool, laneRest: Duration = .zero
    ) async throws(QueueError) -> Bool {
        let script = ReleaseScript(
            boot: boot, place: claim.place, id: claim.id, number: claim.number, delay: delay,
            countsAttempt: countsAttempt, laneRest: laneRest)
        do throws(RedisError) { return try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Releases a job that Redis lists as held by this process, and of which only the id is known.
    func release(_ id: String, in place: QueuePlace) async throws(QueueError) {
        let script = ReleaseScript(boot: boot, place: place, id: id)
        do throws(RedisError) { _ = try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Acknowledges a job: deletes it.
    /// - Returns: false if this process no longer held it.
    @discardableResult
    func acknowledge(_ claim: Claim) async throws(QueueError) -> Bool {
        do throws(RedisError) {
            return try await acknowledgements.run(claim, at: claim.place)
        } catch {
            throw .redis(error)
        }
    }

    /// Moves a job to its kind's burial queue.
    func bury(_ claim: Claim, in burial: QueueName) async throws(QueueError) {
        let script = BuryScript(boot: boot, claim: claim, burial: burial)
        do throws(RedisError) { try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Adds a job to the dead letters of its queue; this process goes on holding it.
    func addToDeadLetters(_ claim: Claim, reason: String) async throws(QueueError) {
        do throws(RedisError) {
            try await DeadLetters(redis).add(claim.job, reason: reason, in: claim.place)
        } catch {
            throw .redis(error)
        }
    }

    /// Wakes another worker for a place.
    func passWake(_ place: QueuePlace) async throws(QueueError) {
        let script = PassWakeScript(boot: boot, place: place)
        do throws(RedisError) { try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Does the periodic work on queues of one shard.
    /// - Parameters:
    ///   - shard: the shard.
    ///   - parts: the queues.
    ///   - deadBoot: an earlier boot of this instance.
    ///   - echoes: whether this process is sent a message, which shows that its subscription is alive.
    /// - Returns: a reply for each queue, in order; nil if the lease is lost there.
    /// - Throws: `redis` if Redis fails.
    func tick(
        _ shard: Int, _ parts: [TickScript.Part], deadBoot: String? = nil, echoes: Bool = false
    ) async throws(QueueError) -> [TickScript.Reply?] {
        let script = TickScript(boot: boot, shard: shard, parts: parts, deadBoot: deadBoot, echoes: echoes)
        do throws(RedisError) { return try await script.run(redis) } catch { throw .redis(error) }
    }

    /// Enqueues a held job again, because Redis has lost it.
    /// - Returns: false if Redis has it.
    func enqueueAgain(_ claim: Claim) async throws(QueueError) -> Bool {
        do throws(RedisError) {
            return try await QueueProducer(redis).enqueue(claim.job, in: claim.place, isAgain: true)
        } catch {
            throw .redis(error)
        }
    }
}
