package import Platform

/// Removes an erased customer's personal data from the sessions that wait in Redis.
package struct JobErasureScript {
    /// These sessions end uncharged when they are claimed, because their photo is gone; until then they wait unnamed.
    ///
    /// KEYS: sessions of one organisation.
    ///
    /// ARGV: the customer's photos. Returns: the number of sessions that were changed.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local erased, changed = {}, 0
        for _, photo in ipairs(ARGV) do erased[photo] = true end
        for _, key in ipairs(KEYS) do
          local known = redis.call('HMGET', key, 'photo', 'body')
          if known[1] and erased[known[1]] and known[2] then
            local job = cjson.decode(known[2])
            job.customer, job.metadata = '', {}
            redis.call('HSET', key, 'body', cjson.encode(job))
            changed = changed + 1
          end
        end
        return changed
        """)

    let organizationID: OrganizationID
    let sessionKeys: [String]
    let photos: ArraySlice<PhotoID>

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        _ = try await redis.run(Self.script, in: redis.keys.slot(of: organizationID), keys: sessionKeys) { command in
            for photo in photos { command.append(photo) }
        }
    }
}
