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

    /// Only the rate limit is written before the last check, so a refusal changes nothing else.
    ///
    /// Idempotent: a session id that was accepted before gets the same reply, so a retry after a lost reply is safe.
    ///
    /// The lane is the organisation's id, and its holds have the name of its credits with another first word.
    ///
    /// KEYS: 1 rate limit of the key, 2 credits, 3 queue, 4 session, 5 reference of the customer or of the photo, then a
    /// reference for each stored garment.
    ///
    /// ARGV: 1 cached authorisation version, 2 emission interval (µs), 3 burst (µs), 4 credits, 5 weight, 6 job, 7 flags: `1` if
    /// the references were just read from MariaDB, then for each stored garment `1` if the request names its category;
    /// 8 idempotency word (`IdempotencyLua`; empty or absent: no idempotency key), 9 photo id and 10 hash of the customer's
    /// external id (both absent: the customer's newest photo).
    /// Returns: {code, requests left, µs until all are restored, µs until the next, value, value}. Codes and values:
    /// 0 accepted: credits remaining; 1 stale and 2 unknown: version that Redis has or -1; 3 suspended; 4 limited;
    /// 5 too few credits: available; 6 lane full; 7 replay: credits remaining, session id; 8 another body; 9 unknown
    /// reference: its number; 10 category missing: number of the garment; 11 withdrawn before the admission arrived.
    static let script = RedisScript(
        """
        #!lua
        \(RateLimitLua.counting)
        local limit_key, credits, q, session = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
        local version, interval, burst, price = ARGV[1], ARGV[2] + 0, ARGV[3] + 0, ARGV[4]
        local flags, word, photo_id = ARGV[7], ARGV[8] or '', ARGV[9]
        local holds, lane, id = 'holds' .. string.sub(credits, 8), string.sub(credits, -30), string.sub(session, -30)

        local account = redis.call('HMGET', credits, 'authVersion', 'status', 'balance', 'held')
        if account[1] ~= version or not account[2] or not account[3] then
          \(RateLimitLua.staleness)
          return {staleness(account, version), 0, 0, 0, (account[1] or -1) + 0}
        end
        if redis.call('EXISTS', session) == 1 then
          if redis.call('HEXISTS', session, 'withdrawn') == 1 then return {11, 0, 0, 0} end
          -- The first reply was lost. A replay has the value of the idempotency key, so this reply has it, too.
          local first_id, is_same, remaining
          if word ~= '' then
            \(IdempotencyLua.entries)
            first_id, is_same, remaining = idempotency_entries().find(q, word, now_us())
          end
          if first_id ~= id then remaining = account[3] - (account[4] or 0) end
          return {0, 0, 0, 0, remaining}
        end
        -- Whether workers wait, the limit and the references.
        local stored = redis.call('MGET', \(QueueLua.idle), limit_key, unpack(KEYS, 5))
        local limit, references, now = (stored[2] or 0) + 0, #stored, now_us()
        local arrival, left, reset, retry = rate_limit(limit, now, interval, burst)
        if not arrival then return {4, 0, reset, retry} end
        if account[2] ~= 'active' then
          count(limit_key, arrival, now, limit, burst)
          return {3, left, reset, 0}
        end
        local entries
        if word ~= '' then
          \(IdempotencyLua.entries)
          entries = idempotency_entries()
          local first_id, is_same, remaining = entries.find(q, word, now)
          if first_id then
            count(limit_key, arrival, now, limit, burst)
            if is_same then return {7, left, reset, 0, remaining, first_id} end
            return {8, left, reset, 0}
          end
        end
        local photo = stored[3] and string.sub(stored[3], 1, 1) ~= '\(NewestPhotoScript.tombstone)' and stored[3]
        if photo and photo_id then photo = photo == ARGV[10] and photo_id end
        local unknown = not photo and 0
        for index = 4, references do
          if not unknown and (not stored[index] or stored[index] == '\(NewestPhotoScript.tombstone)') then unknown = index - 3 end
        end
        if unknown then
          -- The ingress asks again after reading MariaDB: only the second request is counted.
          if string.sub(flags, 1, 1) == '1' then count(limit_key, arrival, now, limit, burst) end
          return {9, left, reset, 0, unknown}
        end
        count(limit_key, arrival, now, limit, burst)
        for index = 4, references do
          if stored[index] == '-' and string.sub(flags, index - 2, index - 2) ~= '1' then
            return {10, left, reset, 0, index - 3}
          end
        end
        local cost, lane_key = price + 0, q .. ':lane:' .. lane
        local available = account[3] - (account[4] or 0)
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
        if entries then entries.keep(q, word, now, id, string.format('%d', remaining)) end
        redis.call('HSET', holds, id, price)
        redis.call('HINCRBY', credits, 'held', price)
        redis.call('HSET', session, 'lane', lane, 'weight', ARGV[5], 'body', ARGV[6], 'photo', photo)
        -- A lane that had work is in the ring already, parked or resting.
        if waiting == 1 then
          \(QueueLua.define(.ring))
          ring(q, lane)
        end
        if stored[1] then
          \(QueueLua.define(.wake))
          if not wake(q) and redis.call('EXISTS', 'waiters' .. string.sub(q, 6)) == 0 then
            redis.call('DEL', \(QueueLua.idle))
          end
        end
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
        let reply = try await redis.run(
            Self.script, in: key.names.slot, keyCount: 5 + garments
        ) { command in
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
        command.append(key.names.rateLimitArguments)
        command.append(Int64(job.costCredits))
        command.append(Int64(job.weight))
        command.append(json: job.json)
        command.append(flags)
        let word = IdempotencyKey(of: job)?.word(of: job.organizationID, before: id)
        if word != nil || photo != nil { command.append(word ?? "") }
        if let photo {
            command.append(photo)
            command.append(customerHash)
        }
    }

    /// Whether the references are fresh, then whether the request names the category of each stored garment.
    private var flags: String {
        var flags = areReferencesFresh ? "1" : "0"
        for item in job.items where item.garmentID != nil { flags += item.category != nil ? "1" : "0" }
        return flags
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
