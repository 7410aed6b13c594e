internal import Platform

/// Finds the jobs of one shard that Redis does not know.
package struct MissingJobsScript {
    /// KEYS: the jobs.
    ///
    /// ARGV: none. Returns: the numbers of those that do not exist, counted from 1.
    static let script = RedisScript(
        """
        #!lua flags=no-writes,allow-oom
        local missing = {}
        for index, job in ipairs(KEYS) do
          if redis.call('EXISTS', job) == 0 then missing[#missing + 1] = index end
        end
        return missing
        """)

    let queue: QueueName
    let shard: Int
    let ids: [String]

    /// Runs the script.
    /// - Returns: the ids that Redis does not know.
    func run(_ redis: RedisStore) async throws(RedisError) -> [String] {
        if ids.isEmpty { return [] }
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: shard),
            keys: ids.map { redis.keys.job(queue, shard: shard, $0) }
        ) { _ in }
        return (reply.elements ?? []).compactMap { $0.integer.map { ids[Int($0) - 1] } }
    }
}
