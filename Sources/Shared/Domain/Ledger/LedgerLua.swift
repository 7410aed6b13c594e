/// The Lua function that releases an organisation's holds.
package enum LedgerLua {
    /// `settle(credits, holds, balance, version, ids)`: releases the sessions' holds, and stores a newer balance.
    ///
    /// Idempotent: a hold is subtracted only if it exists. A hold of 0 (test keys) is only deleted, because '-0' is not a
    /// number. An empty balance leaves the stored one unchanged.
    package static let settle = """
        local function settle(credits, holds, balance, version, ids)
          for _, id in ipairs(ids) do
            local amount = redis.call('HGET', holds, id)
            if amount and redis.call('HDEL', holds, id) == 1 and amount ~= '0' then
              redis.call('HINCRBY', credits, 'held', '-' .. amount)
            end
          end
          if balance == '' then return end
          local known = redis.call('HGET', credits, 'version')
          if known and tonumber(known) < tonumber(version) then
            redis.call('HSET', credits, 'balance', balance, 'version', version)
          end
        end
        """
}
