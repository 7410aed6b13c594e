internal import Domain
internal import Platform

/// Finds lanes that have work, and that no worker would find.
struct LaneAuditScript {
    /// The most lanes of one call.
    static let lanesMax = 256

    /// KEYS: 1 queue.
    ///
    /// ARGV: lanes.
    /// Returns: for each such lane its name, and `1` if it is marked as in the ring, else `0`.
    static let script = RedisScript(
        """
        #!lua flags=no-writes
        local q, ring, found = KEYS[1], {}, {}
        for _, lane in ipairs(redis.call('LRANGE', q .. ':ring', 0, -1)) do ring[lane] = true end
        for _, lane in ipairs(ARGV) do
          if redis.call('EXISTS', q .. ':lane:' .. lane) == 1 and not ring[lane] then
            local is_ringed = redis.call('SISMEMBER', q .. ':ringed', lane)
            local is_parked = redis.call('SISMEMBER', q .. ':parked', lane) == 1
            if is_ringed == 1 or not is_parked and not redis.call('ZSCORE', q .. ':resting', lane) then
              found[#found + 1] = lane
              found[#found + 1] = tostring(is_ringed)
            end
          end
        end
        return found
        """)

    let place: QueuePlace
    let lanes: ArraySlice<String>

    /// Runs the script.
    /// - Returns: the lanes, and whether each is marked as in the ring.
    func run(_ redis: RedisStore) async throws(RedisError) -> [(lane: String, isMarked: Bool)] {
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(ofShard: place.shard),
            keys: [redis.keys.queue(place.queue, shard: place.shard)]
        ) { command in for lane in lanes { command.append(lane) } }
        let words = (reply.elements ?? []).compactMap(\.text)
        return stride(from: 0, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1] == "1") }
    }
}
