internal import Domain
internal import Platform

/// Acknowledges jobs: deletes them.
struct AcknowledgeScript {
    /// KEYS: 1 queue, then jobs.
    ///
    /// ARGV: 1 boot, then for each job: id, claim number. Returns: for each job 1, or 0 if the worker does not hold it (any
    /// more).
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(QueueLua.define(.finish))
        local jobs = {}
        for index = 2, #KEYS do
          jobs[index - 1] = {key = KEYS[index], id = ARGV[2 * index - 2], number = ARGV[2 * index - 1]}
        end
        return finish(KEYS[1], ARGV[1], jobs)
        """)

    let boot: String
    let place: QueuePlace
    let claims: [Claim]

    /// Runs the script.
    /// - Returns: for each claim, in order: false if this process no longer held the job.
    func run(_ redis: RedisStore) async throws(RedisError) -> [Bool] {
        let (queue, shard, names) = (place.queue, place.shard, redis.keys)
        let prefix = names.jobPrefix(queue, shard: shard)
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard), keyCount: 1 + claims.count
        ) { command in
            command.append(names.queue(queue, shard: shard))
            for claim in claims { command.append(prefix: prefix, claim.id) }
            command.append(boot)
            for claim in claims {
                command.append(claim.id)
                command.append(claim.number)
            }
        }
        guard let read = reply.elements, read.count == claims.count else { throw .unexpectedReply("\(reply)") }
        return read.map { $0.integer == 1 }
    }
}
