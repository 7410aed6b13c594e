/// The Lua function that releases an organisation's holds.
package enum LedgerLua {
    /// `settle(credits, holds, balance, version, ids)`: releases the sessions' holds, and stores a newer balance.
    ///
    /// Idempotent: a hold is subtracted only if it exists. A hold of 0 (test keys) is only deleted, because '-0' is not a
    /// number. An empty balance leaves the stored one unchanged.
    package static let settle = """
        local function settle(credits, holds, balance, version, ids)
          local amounts, gone, freed, seen = #ids > 0 and redis.call('HMGET', holds, unpack(ids)), {}, 0, {}
          for index, id in ipairs(ids) do
            if amounts[index] and not seen[id] then
              seen[id], gone[#gone + 1], freed = true, id, freed + (tonumber(amounts[index]) or 0)
            end
          end
          if #gone > 0 then redis.call('HDEL', holds, unpack(gone)) end
          if freed > 0 then redis.call('HINCRBY', credits, 'held', string.format('-%d', freed)) end
          if balance == '' then return end
          local known = redis.call('HGET', credits, 'version')
          if known and tonumber(known) < tonumber(version) then
            redis.call('HSET', credits, 'balance', balance, 'version', version)
          end
        end
        """
}
