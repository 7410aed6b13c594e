/// The Lua functions of idempotency keys.
///
/// An entry is a field of a hash, because a key of its own costs Redis four times as much. A shard has 256 hashes a day, which
/// expire as a whole; their names have the day of Redis's clock and two digits of the key's hash.
///
/// `name` is any key of the shard. `word` has 34 digits of the key's hash, 32 digits of the request's fingerprint, and the
/// lowest id whose key has not expired: ids sort by time.
enum IdempotencyLua {
    /// `idempotency_entries()`: a table of functions.
    ///
    /// They are made on demand: to make them costs Redis 5,000 instructions.
    /// - `find(name, word, now)`: the id of the request that has the key, whether it is the same request, and its value; nil if
    ///   there is none.
    /// - `keep(name, word, now, id, value)`: stores an entry.
    /// - `delete(name, word, now, id)`: deletes the entry if it is this request's.
    static let entries = """
        local function idempotency_entries()
          local entries, day_us = {}, 86400000000
          local function hash_name(name, word, day)
            return string.format('idempotency:%s:%d:%s', string.match(name, '%b{}'), day, string.sub(word, 1, 2))
          end
          -- Looks at the next day's hash, too, shortly before midnight: Redis's clock may have been set back.
          local function look(name, word, now)
            for day = math.floor((now + 300000000) / day_us), math.floor(now / day_us) - 1, -1 do
              local hash = hash_name(name, word, day)
              local entry = redis.call('HGET', hash, string.sub(word, 3, 34))
              if entry then
                local fingerprint, id, value = string.match(entry, '^(%w+)|([%w_]+)|(-?%d+)$')
                if id and id >= string.sub(word, 67) then return hash, fingerprint, id, value end
              end
            end
          end
          function entries.find(name, word, now)
            local hash, fingerprint, id, value = look(name, word, now)
            if hash then return id, fingerprint == string.sub(word, 35, 66), tonumber(value) end
          end
          function entries.keep(name, word, now, id, value)
            local day = math.floor(now / day_us)
            local hash = hash_name(name, word, day)
            redis.call('HSET', hash, string.sub(word, 3, 34), string.sub(word, 35, 66) .. '|' .. id .. '|' .. value)
            if redis.call('HLEN', hash) == 1 then
              redis.call('EXPIREAT', hash, string.format('%d', (day + 2) * 86400 + 3600))
            end
          end
          function entries.delete(name, word, now, id)
            local hash, _, first = look(name, word, now)
            if first == id then redis.call('HDEL', hash, string.sub(word, 3, 34)) end
          end
          return entries
        end
        """
}
