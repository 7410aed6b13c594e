/// Decides about a cart try-on, and accepts it, in one step.
package enum AdmissionScript {
    /// Nothing but the arrival is written before the last check, so a refusal leaves nothing behind.
    ///
    /// The very same session id is accepted as it was: a retry over a new connection does nothing twice.
    ///
    /// KEYS: 1 ratelimit of the key, 2 credits, 3 holds, 4 session, 5 idempotency, 6 queue, 7 waiters, 8 customer or photo
    /// reference, then a reference for each garment.
    /// ARGV: 1 to 3 as the gate's, 4 session id, 5 lane, 6 credits, 7 weight, 8 body, 9 fingerprint (empty: no idempotency
    /// key), 10 its lifetime (s), 11 `1`: references were just read anew, 12 wake-up message, 13 longest lane, 14 photo id
    /// (empty: the customer's newest), 15 hash of the customer's external id, then for each garment `1` where the request
    /// names its category.
    /// Returns: {code, requests left, µs until all are back, µs until the next, …}; codes are the gate's, and
    /// 0 accepted: {… credits remaining}; 5 credits: {… available}; 6 saturated; 7 replay: {… session id, credits
    /// remaining}; 8 another body; 9 reference unknown: {… its number: 0 the customer, 1 … the garments}; 10 a category is
    /// missing: {… number of the garment}; 11 withdrawn before it came.
    package static let script = RedisScript(
        """
        #!lua
        \(GateScript.authorisation)
        local same = redis.call('HMGET', KEYS[4], 'remaining', 'withdrawn')
        if same[1] then return {0, 0, '0', '0', same[1]} end
        if same[2] then return {11, 0, '0', '0'} end
        \(GateScript.limit)
        if ARGV[9] ~= '' then
          local first = redis.call('GET', KEYS[5])
          if first then
            arrive()
            local fingerprint, id, remaining = string.match(first, '^(%w+)|([%w_]+)|(-?%d+)$')
            if fingerprint == ARGV[9] then return {7, left, reset, '0', id, remaining} end
            return {8, left, reset, '0'}
          end
        end
        local values = redis.call('MGET', unpack(KEYS, 8))
        local photo = values[1] and string.sub(values[1], 1, 1) ~= '\(NewestPhotoScript.erased)' and values[1]
        if photo and ARGV[14] ~= '' then photo = photo == ARGV[15] and ARGV[14] end
        local unknown = not photo and 0
        for index = 2, #values do
          if not unknown and not values[index] then unknown = index - 1 end
        end
        if unknown then
          if ARGV[11] == '1' then arrive() end
          return {9, left, reset, '0', unknown}
        end
        arrive()
        for index = 2, #values do
          if values[index] == '-' and ARGV[14 + index] ~= '1' then return {10, left, reset, '0', index - 1} end
        end
        local P = KEYS[6]
        local lane = P .. ':lane:' .. ARGV[5]
        local waiting = redis.call('LLEN', lane)
        if waiting >= tonumber(ARGV[13]) then return {6, left, reset, '0'} end
        local cost = tonumber(ARGV[6])
        local available = tonumber(account[3]) - tonumber(account[4] or 0)
        if cost > 0 and available < cost then return {5, left, reset, '0', string.format('%.0f', available)} end
        local remaining = string.format('%.0f', available - cost)
        if ARGV[9] ~= '' then
          redis.call('SET', KEYS[5], ARGV[9] .. '|' .. ARGV[4] .. '|' .. remaining, 'EX', ARGV[10])
        end
        redis.call('HSET', KEYS[3], ARGV[4], ARGV[6])
        redis.call('HINCRBY', KEYS[2], 'held', ARGV[6])
        redis.call('HSET', KEYS[4], 'lane', ARGV[5], 'weight', ARGV[7], 'body', ARGV[8], 'photo', photo,
          'remaining', remaining)
        redis.call('LPUSH', lane, ARGV[4])
        if waiting == 0 and redis.call('SISMEMBER', P .. ':parked', ARGV[5]) == 0
          and not redis.call('ZSCORE', P .. ':resting', ARGV[5])
          and redis.call('SADD', P .. ':ringed', ARGV[5]) == 1 then
          redis.call('LPUSH', P .. ':ring', ARGV[5])
        end
        \(QueueScript.wake)
        wake(KEYS[7], ARGV[12])
        return {0, left, reset, '0', remaining}
        """)

    /// Takes back a session whose acceptance is unknown, and leaves a mark that keeps a late admission out.
    ///
    /// KEYS: 1 session, 2 credits, 3 holds, 4 idempotency. ARGV: 1 session id, 2 lifetime of the mark (s).
    /// Returns: 1 withdrawn, 0 never accepted, -1 claimed already.
    package static let withdraw = RedisScript(
        """
        #!lua flags=allow-oom
        \(SettleScript.body)
        local known = redis.call('HMGET', KEYS[1], 'lane', 'claims')
        if known[2] then return -1 end
        if known[1] then
          redis.call('HSET', KEYS[1], 'cancel', '1')
          settle(KEYS[2], KEYS[3], '', '', ARGV[1])
          local first = redis.call('GET', KEYS[4])
          if first and string.find(first, ARGV[1], 1, true) then redis.call('DEL', KEYS[4]) end
          return 1
        end
        redis.call('HSET', KEYS[1], 'withdrawn', '1')
        redis.call('EXPIRE', KEYS[1], ARGV[2])
        return 0
        """)
}
