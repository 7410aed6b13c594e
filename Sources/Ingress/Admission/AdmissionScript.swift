internal import Domain
internal import Platform

/// Checks and admits a cart try-on in one atomic step.
///
/// A class, because it goes through many async functions, and a copy of its data would be made at each.
final class AdmissionScript {
    enum Decision: Equatable {
        case accepted(creditsRemaining: Int64)
        case stale, unknown, suspended, limited
        case insufficientCredits(available: Int64)
        case saturated
        case replay(SessionID, creditsRemaining: Int64)
        /// The idempotency key was used with another body.
        case mismatch
        /// 0: the customer or the photo; n > 0: the nth item that has a stored garment.
        case referenceUnknown(Int)
        case categoryMissing(Int)
        case withdrawn
    }

    struct Reply {
        let decision: Decision
        let rateLimit: RateLimitState
    }

    static let laneSessionsMax: Int64 = 100_000
    private static let idempotencySeconds = IdempotencyKey.lifetime.milliseconds() / 1_000

    /// Only the rate limit is written before the last check, so a refusal changes nothing else.
    ///
    /// Idempotent: a session id that was accepted before gets the same reply, so a retry after a lost reply is safe.
    ///
    /// KEYS: 1 rate limit of the key, 2 credits, 3 holds, 4 queue, 5 waiters, 6 session, 7 idempotency key, 8 reference
    /// of the customer or of the photo, then a reference for each stored garment.
    ///
    /// ARGV: 1 cached authorisation version, 2 emission interval (µs), 3 burst (µs), 4 lane, 5 wake-up message,
    /// 6 session id, 7 credits, 8 weight, 9 job, 10 fingerprint (empty: no idempotency key), 11 `1`: references were just
    /// read from MariaDB, 12 photo id (empty: the customer's newest), 13 hash of the customer's external id, then for each
    /// garment `1` if the request names its category.
    /// Returns: {code, requests left, µs until all are restored, µs until the next, value, value}. Codes and values:
    /// 0 accepted: credits remaining; 1 stale and 2 unknown: version that Redis has or -1; 3 suspended; 4 limited;
    /// 5 too few credits: available; 6 lane full; 7 replay: credits remaining, session id; 8 another body; 9 unknown
    /// reference: its number; 10 category missing: number of the garment; 11 withdrawn before the admission arrived.
    static let script = RedisScript(
        """
        #!lua
        \(RateLimitLua.all)
        \(QueueLua.define(.ring, .wake))
        local limit_key, credits, holds, q, waiters = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
        local session, idempotency = KEYS[6], KEYS[7]
        local version, interval, burst, lane, message = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
        local id, price, fingerprint, references_are_fresh = ARGV[6], ARGV[7], ARGV[10], ARGV[11] == '1'

        local account = redis.call('HMGET', credits, 'authVersion', 'status', 'balance', 'held')
        local stale = staleness(account, version)
        if stale then return {stale, 0, 0, 0, tonumber(account[1] or -1)} end
        local known = redis.call('HMGET', session, 'remaining', 'withdrawn')
        if known[1] then return {0, 0, 0, 0, tonumber(known[1])} end
        if known[2] then return {11, 0, 0, 0} end
        -- The limit, the idempotency key, and the references.
        local stored = redis.call('MGET', limit_key, idempotency, unpack(KEYS, 8))
        local now = now_us()
        local arrival, left, reset, retry = rate_limit(stored[1], now, interval, burst)
        if not arrival then return {4, 0, reset, retry} end
        if account[2] ~= 'active' then
          count(limit_key, arrival, now)
          return {3, left, reset, 0}
        end
        if fingerprint ~= '' and stored[2] then
          count(limit_key, arrival, now)
          local body, first_id, remaining = string.match(stored[2], '^(%w+)|([%w_]+)|(-?%d+)$')
          if body == fingerprint then return {7, left, reset, 0, tonumber(remaining), first_id} end
          return {8, left, reset, 0}
        end
        local photo = stored[3] and string.sub(stored[3], 1, 1) ~= '\(NewestPhotoScript.tombstone)' and stored[3]
        if photo and ARGV[12] ~= '' then photo = photo == ARGV[13] and ARGV[12] end
        local unknown = not photo and 0
        for index = 4, #stored do
          if not unknown and not stored[index] then unknown = index - 3 end
        end
        if unknown then
          -- The ingress asks again after reading MariaDB: only the second request is counted.
          if references_are_fresh then count(limit_key, arrival, now) end
          return {9, left, reset, 0, unknown}
        end
        count(limit_key, arrival, now)
        for index = 4, #stored do
          if stored[index] == '-' and ARGV[10 + index] ~= '1' then return {10, left, reset, 0, index - 3} end
        end
        local cost, lane_key = tonumber(price), q .. ':lane:' .. lane
        local available = tonumber(account[3]) - tonumber(account[4] or 0)
        if cost > 0 and available < cost then
          if redis.call('LLEN', lane_key) >= \(laneSessionsMax) then return {6, left, reset, 0} end
          return {5, left, reset, 0, available}
        end
        -- The last check is also the first write: a full lane takes it back.
        local waiting = redis.call('LPUSH', lane_key, id)
        if waiting > \(laneSessionsMax) then
          redis.call('LPOP', lane_key)
          return {6, left, reset, 0}
        end

        local remaining = available - cost
        local text = string.format('%d', remaining)
        if fingerprint ~= '' then
          redis.call('SET', idempotency, fingerprint .. '|' .. id .. '|' .. text, 'EX', '\(idempotencySeconds)')
        end
        redis.call('HSET', holds, id, price)
        redis.call('HINCRBY', credits, 'held', price)
        redis.call('HSET', session, 'lane', lane, 'weight', ARGV[8], 'body', ARGV[9], 'photo', photo, 'remaining', text)
        -- A lane that had work is in the ring already, parked or resting.
        if waiting == 1 then ring(q, lane) end
        wake(waiters, message)
        return {0, left, reset, 0, remaining}
        """)

    let id: SessionID
    let job: TryOnJob
    /// Nil: the customer's newest photo.
    let photo: PhotoID?
    var key: APIKey
    /// Whether the references were just read from MariaDB.
    var areReferencesFresh = false
    private let customerHash: String

    init(id: SessionID, job: TryOnJob, photo: PhotoID?, key: APIKey) {
        self.id = id
        self.job = job
        self.photo = photo
        self.key = key
        customerHash = ReferenceCache.hash(ofCustomer: job.customerID)
    }

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) -> Reply {
        let garments = job.items.count { $0.garmentID != nil }
        let reply = try await redis.run(Self.script, in: key.names.slot, keyCount: 8 + garments) { command in
            writeKeys(&command)
            writeArguments(&command)
        }
        guard let read = read(reply) else { throw .unexpectedReply("\(reply)") }
        return read
    }

    private func writeKeys(_ command: inout RedisCommand) {
        let names = key.names
        command.append(names.admissionKeys)
        command.append(prefix: names.sessionPrefix, id)
        command.append(prefix: names.idempotencyPrefix, job.idempotencyHash ?? "none")
        if let photo {
            command.append(prefix: names.photoPrefix, photo)
        } else {
            command.append(prefix: names.customerPrefix, customerHash)
        }
        for item in job.items {
            if let garment = item.garmentID { command.append(prefix: names.garmentPrefix, garment) }
        }
    }

    private func writeArguments(_ command: inout RedisCommand) {
        command.append(key.names.admissionArguments)
        command.append(id)
        command.append(Int64(job.costCredits))
        command.append(Int64(job.weight))
        command.append(json: job.json)
        command.append(job.idempotencyHash == nil ? "" : job.fingerprint ?? "")
        command.append(areReferencesFresh ? "1" : "0")
        if let photo { command.append(photo) } else { command.append("") }
        command.append(customerHash)
        for item in job.items where item.garmentID != nil { command.append(item.category != nil ? "1" : "0") }
    }

    private func read(_ reply: RedisReply) -> Reply? {
        guard let parts = reply.elements, let code = parts.first?.integer else { return nil }
        func value(_ index: Int) -> Int64 { parts.count > index ? parts[index].integer ?? 0 : 0 }
        let decision: Decision
        switch code {
        case 0: decision = .accepted(creditsRemaining: value(4))
        case 1: decision = .stale
        case 2: decision = .unknown
        case 3: decision = .suspended
        case 4: decision = .limited
        case 5: decision = .insufficientCredits(available: value(4))
        case 6: decision = .saturated
        case 7:
            guard parts.count > 5, let first = parts[5].text.flatMap({ SessionID($0) }) else { return nil }
            decision = .replay(first, creditsRemaining: value(4))
        case 8: decision = .mismatch
        case 9: decision = .referenceUnknown(Int(value(4)))
        case 10: decision = .categoryMissing(Int(value(4)))
        case 11: decision = .withdrawn
        default: return nil
        }
        return Reply(decision: decision, rateLimit: RateLimitState(parts))
    }
}
