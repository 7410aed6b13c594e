internal import Domain
internal import Platform

/// The places of one queue in one shard that hold a job.
enum JobPlaces {
    private static let depthMax = "100000"

    /// In words: the lane, the worker that holds it, or the time when it is due.
    static func find(_ id: String, _ place: QueuePlace, _ redis: RedisStore) async throws(RedisError) -> [String] {
        let slot = redis.keys.slot(ofShard: place.shard)
        var found: [String] = []
        let job = redis.keys.job(place.queue, shard: place.shard, id)
        if let lane = try await redis.send(RedisCommand(["HGET", job, "lane"]), to: slot).text {
            let name = redis.keys.lane(place.queue, shard: place.shard, lane)
            let position = try await redis.send(
                RedisCommand(["LPOS", name, id, "RANK", "-1", "MAXLEN", depthMax]), to: slot)
            if position != .null {
                let length = try await redis.send(RedisCommand(["LLEN", name]), to: slot).integer ?? 0
                found.append("lane \(lane), \(length - 1 - (position.integer ?? 0)) jobs before it")
            }
        }
        for boot in try await redis.send(RedisCommand(["ZRANGE", redis.keys.leases(place), "0", "-1"]), to: slot)
            .elements
            ?? []
        {
            guard let boot = boot.text else { continue }
            let held = redis.keys.processing(place, boot: boot)
            if try await redis.send(RedisCommand(["LPOS", held, id]), to: slot) != .null {
                found.append("worker \(boot)")
            }
        }
        if let due = try await redis.send(RedisCommand(["ZSCORE", redis.keys.delayed(place), id]), to: slot).text {
            found.append("delayed until \(Timestamp(unixMs: Int64(Double(due) ?? 0)))")
        }
        return found
    }
}
