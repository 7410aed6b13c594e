/// Takes a person out of the sessions that still wait.
package enum TicketErasureScript {
    /// Those without their photo end unpaid when they are claimed; this makes them forget whose they were, and why.
    ///
    /// KEYS: sessions of one organisation. ARGV: the person's photos. Returns: how many sessions have forgotten them.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local theirs, forgotten = {}, 0
        for _, photo in ipairs(ARGV) do theirs[photo] = true end
        for _, key in ipairs(KEYS) do
          local known = redis.call('HMGET', key, 'photo', 'body')
          if known[1] and theirs[known[1]] and known[2] then
            local ticket = cjson.decode(known[2])
            ticket.customer, ticket.metadata = '', {}
            redis.call('HSET', key, 'body', cjson.encode(ticket))
            forgotten = forgotten + 1
          end
        end
        return forgotten
        """)
}
