internal import Domain
internal import Platform

/// Counts the places that hold a job, at one moment.
struct JobPlacesScript {
    /// KEYS: 1 job, then the queues that it may be in, then lists that may have it.
    ///
    /// ARGV: 1 id, 2 number of queues.
    /// Returns: {1 if the job exists, its lists and the sets of delayed jobs that hold it}.
    static let script = RedisScript(
        """
        #!lua flags=no-writes
        local lists, count, queues = {}, 0, tonumber(ARGV[2])
        local lane = redis.call('HGET', KEYS[1], 'lane')
        for index = 2 + queues, #KEYS do lists[KEYS[index]] = true end
        for index = 2, 1 + queues do
          local q = KEYS[index]
          if lane then lists[q .. ':lane:' .. lane] = true end
          for _, boot in ipairs(redis.call('ZRANGE', q .. ':leases', 0, -1)) do lists[q .. ':processing:' .. boot] = true end
          if redis.call('ZSCORE', q .. ':delayed', ARGV[1]) then count = count + 1 end
        end
        for name in pairs(lists) do count = count + #redis.call('LPOS', name, ARGV[1], 'COUNT', 0) end
        return {lane and 1 or 0, count}
        """)

    let place: QueuePlace
    let id: String
    let lists: [String]

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> (exists: Bool, places: Int64) {
        let (names, shard) = (redis.keys, place.shard)
        let queues = QueueName.all.filter { $0.jobPrefix == place.queue.jobPrefix }
        let reply = try await redis.run(
            Self.script, in: names.slot(ofShard: shard),
            keys: [names.job(place.queue, shard: shard, id)] + queues.map { names.queue($0, shard: shard) } + lists
        ) { command in
            command.append(id)
            command.append(Int64(queues.count))
        }
        guard let parts = reply.elements, parts.count == 2, let places = parts[1].integer else {
            throw .unexpectedReply("\(reply)")
        }
        return (parts[0].integer == 1, places)
    }
}
