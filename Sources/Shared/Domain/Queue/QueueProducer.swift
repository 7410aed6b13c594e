package import Platform

/// Enqueues and inspects jobs.
package struct QueueProducer {
    private let redis: RedisStore

    package init(_ redis: RedisStore) {
        self.redis = redis
    }

    /// Enqueues a job, unless it exists.
    /// - Parameters:
    ///   - job: the job, with a value for each payload field of its queue.
    ///   - place: the queue, and the shard that the job belongs to.
    ///   - isAgain: whether Redis had the job before, and has lost it.
    /// - Returns: false if the job exists.
    /// - Throws: see `RedisConnection.send`.
    @discardableResult
    package func enqueue(
        _ job: Job, in place: QueuePlace, isAgain: Bool = false
    ) async throws(RedisError) -> Bool {
        precondition(job.payload.count == place.queue.payloadFields.count, "a payload of another queue")
        return try await EnqueueScript(place: place, job: job, isAgain: isAgain).run(redis)
    }

    /// Reads the state of a job; nil if it was acknowledged or never enqueued.
    package func inspect(_ id: String, in place: QueuePlace) async throws(RedisError) -> JobState? {
        let name = redis.keys.job(place.queue, shard: place.shard, id)
        let fields = ["lane", "started", "cancel", "attempts", "claims"]
        let reply = try await redis.send(
            RedisCommand(["HMGET", name] + fields + place.queue.payloadFields),
            to: redis.keys.slot(ofShard: place.shard))
        guard let values = reply.elements, values.count == fields.count + place.queue.payloadFields.count else {
            throw .unexpectedReply("\(reply)")
        }
        guard let lane = values[0].text else { return nil }
        return JobState(
            lane: lane, payload: values[fields.count...].map(\.bytes), isStarted: values[1] != .null,
            isCancelRequested: values[2] != .null, isCanceled: values[2].text == "1",
            attempts: Int(values[3].integer ?? 0),
            isClaimed: values[4] != .null)
    }
}
