internal import Domain
internal import Platform

/// Marks jobs as started: from then on, the death of their worker counts as a crash of them.
struct StartScript {
    /// What Redis tells of a job that starts.
    enum Reply: Int64 {
        case started = 1
        /// Its owner wants no more of it.
        case canceled = 2
        /// It was claimed again, so another worker has it.
        case claimedAgain = 3
        /// Redis has lost the job: this worker has the only copy.
        case lost = 4
    }

    /// KEYS: jobs.
    ///
    /// ARGV: for each job its claim number. Returns: for each job a code of `Reply`.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local codes = {}
        for index, job in ipairs(KEYS) do
          local known = redis.call('HMGET', job, 'claims', 'cancel')
          if not known[1] then
            codes[index] = 4
          elseif known[1] ~= ARGV[index] then
            codes[index] = 3
          else
            redis.call('HSET', job, 'started', '1')
            codes[index] = known[2] and 2 or 1
          end
        end
        return codes
        """)

    let place: QueuePlace
    let claims: [Claim]

    /// Runs the script.
    /// - Returns: a reply for each claim, in order.
    func run(_ redis: RedisStore) async throws(RedisError) -> [Reply] {
        let prefix = redis.keys.jobPrefix(place.queue, shard: place.shard)
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard), keyCount: claims.count
        ) { command in
            for claim in claims { command.append(prefix: prefix, claim.id) }
            for claim in claims { command.append(claim.number) }
        }
        let read = (reply.elements ?? []).compactMap { $0.integer.flatMap { Reply(rawValue: $0) } }
        guard read.count == claims.count else { throw .unexpectedReply("\(reply)") }
        return read
    }
}
