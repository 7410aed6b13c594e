/// Lets go of holds that MariaDB has decided about, and brings the balance up to date.
package enum SettleScript {
    /// Idempotent, and right from whoever says it: a hold is lowered only where it was there.
    static let body = """
        local function settle(credits, holds, balance, version, ...)
          for _, id in ipairs({...}) do
            local amount = redis.call('HGET', holds, id)
            if amount and redis.call('HDEL', holds, id) == 1 then
              redis.call('HINCRBY', credits, 'held', '-' .. amount)
            end
          end
          if balance ~= '' then
            local known = redis.call('HGET', credits, 'version')
            if known and tonumber(known) < tonumber(version) then
              redis.call('HSET', credits, 'balance', balance, 'version', version)
            end
          end
        end
        """

    /// KEYS: 1 credits, 2 holds.
    ///
    /// ARGV: 1 balance, 2 credits version, then session ids. Returns: 1.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        \(body)
        settle(KEYS[1], KEYS[2], ARGV[1], ARGV[2], unpack(ARGV, 3))
        return 1
        """)
}
