internal import Domain
internal import Platform

/// The rules of the queues and holds: every job is in exactly one place, and the counters agree.
final class QueueAudit {
    private static let scanRows = "2000"
    private static let pageRows = 512
    private let redis: RedisStore
    private let stores: ControlStores
    private var findings: [AuditFinding] = []
    /// The places of each job, by its key.
    private var places: [String: [String]] = [:]
    private var jobs: [(key: String, prefix: String, shard: Int, id: String)] = []
    private var lanes: [(place: QueuePlace, lane: String)] = []
    private var held: [(place: QueuePlace, boot: String)] = []
    private var holders: [OrganizationID] = []

    init(_ stores: ControlStores) {
        self.stores = stores
        redis = stores.redis
    }

    func run() async -> Result<[AuditFinding], CommandFailure> {
        do throws(RedisError) {
            try await scan()
            try await readPlaces()
            try await checkJobs()
            try await checkHolds()
        } catch {
            return .failure(CommandFailure(error))
        }
        return await checkRows().map { findings }
    }

    private func report(_ rule: String, _ place: String, _ what: String) {
        findings.append(AuditFinding(rule: rule, place: place, what: what))
    }

    // MARK: Keys

    private func scan() async throws(RedisError) {
        var cursor = "0"
        repeat {
            let reply = try await redis.send(
                RedisCommand(["SCAN", cursor, "COUNT", Self.scanRows]), to: redis.keys.slot(ofShard: 0))
            guard let parts = reply.elements, parts.count == 2, let next = parts[0].text, let names = parts[1].elements
            else { throw .unexpectedReply("\(reply)") }
            cursor = next
            for name in names.compactMap(\.text) {
                switch redis.keys.parse(name) {
                case .lane(let place, let lane): lanes.append((place, lane))
                case .processing(let place, let boot): held.append((place, boot))
                case .job(let prefix, let shard, let id): jobs.append((name, prefix, shard, id))
                case .holds(let organization): holders.append(organization)
                case nil: break
                }
            }
        } while cursor != "0"
    }

    private func send(_ shard: Int, _ words: String...) async throws(RedisError) -> RedisReply {
        try await redis.send(RedisCommand(words), to: redis.keys.slot(ofShard: shard))
    }

    private func note(_ id: String, at place: QueuePlace, _ what: String) {
        places[redis.keys.job(place.queue, shard: place.shard, id), default: []].append(what)
    }

    // MARK: Places

    private func readPlaces() async throws(RedisError) {
        for (place, lane) in lanes {
            let name = redis.keys.lane(place.queue, shard: place.shard, lane)
            for id in try await ids(name, place.shard) { note(id, at: place, "lane \(lane) of \(place.queue.text)") }
            try await checkLane(place, lane)
        }
        var weights: [QueuePlace: [String: Int64]] = [:]
        for (place, boot) in held {
            for id in try await ids(redis.keys.processing(place, boot: boot), place.shard) {
                note(id, at: place, "worker \(boot) of \(place.queue.text)")
                let reply = try await send(
                    place.shard, "HMGET", redis.keys.job(place.queue, shard: place.shard, id), "lane", "weight")
                guard let known = reply.elements, known.count == 2, let lane = known[0].text else { continue }
                weights[place, default: [:]][lane, default: 0] += known[1].integer ?? 0
            }
        }
        for queue in QueueName.all {
            for shard in 0..<redis.keys.shardCount {
                let place = QueuePlace(queue, shard: shard)
                let name = redis.keys.queue(queue, shard: shard)
                for id in try await send(shard, "ZRANGE", name + ":delayed", "0", "-1").elements ?? [] {
                    if let id = id.text { note(id, at: place, "delayed of \(queue.text)") }
                }
                try await checkInFlight(place, weights[place] ?? [:])
            }
        }
    }

    private func ids(_ name: String, _ shard: Int) async throws(RedisError) -> [String] {
        (try await send(shard, "LRANGE", name, "0", "-1").elements ?? []).compactMap(\.text)
    }

    private func checkLane(_ place: QueuePlace, _ lane: String) async throws(RedisError) {
        let name = redis.keys.queue(place.queue, shard: place.shard)
        let isRinged = try await send(place.shard, "SISMEMBER", name + ":ringed", lane).integer == 1
        let isParked = try await send(place.shard, "SISMEMBER", name + ":parked", lane).integer == 1
        let isResting = try await send(place.shard, "ZSCORE", name + ":resting", lane) != .null
        if !isRinged, !isParked, !isResting {
            report("a lane with work is in the ring, parked or paused", "\(name) \(lane)", "it is in none")
        }
        if isRinged, try await send(place.shard, "LPOS", name + ":ring", lane) == .null {
            report(
                "a lane with work is in the ring, parked or paused", "\(name) \(lane)", "marked, but not in the ring")
        }
    }

    private func checkInFlight(_ place: QueuePlace, _ weights: [String: Int64]) async throws(RedisError) {
        let name = redis.keys.queue(place.queue, shard: place.shard)
        let words = (try await send(place.shard, "HGETALL", name + ":inflight").elements ?? []).compactMap(\.text)
        var counted: [String: Int64] = [:]
        for index in stride(from: 0, to: words.count - 1, by: 2) { counted[words[index]] = Int64(words[index + 1]) }
        for lane in Set(counted.keys).union(weights.keys) where counted[lane] ?? 0 != weights[lane] ?? 0 {
            report(
                "the weight in flight is that of the held jobs", "\(name) \(lane)",
                "counted \(counted[lane] ?? 0), held \(weights[lane] ?? 0)")
        }
    }

    // MARK: Jobs

    private func checkJobs() async throws(RedisError) {
        let rule = "a job is in exactly one place"
        for job in jobs {
            let found = places.removeValue(forKey: job.key) ?? []
            if found.count > 1 { report(rule, job.id, found.sorted().joined(separator: ", ")) }
            if found.isEmpty, try await send(job.shard, "HEXISTS", job.key, "lane").integer == 1 {
                report(rule, job.id, "in no place")
            }
        }
        // Without its hash a job does nothing; the claim that meets it removes it.
        for (key, found) in places where found.count > 1 { report(rule, key, found.sorted().joined(separator: ", ")) }
    }

    private func checkHolds() async throws(RedisError) {
        for organization in holders {
            let shard = redis.keys.shard(of: organization)
            let amounts = try await send(shard, "HVALS", redis.keys.holds(organization)).elements ?? []
            let sum = amounts.reduce(0) { $0 + ($1.integer ?? 0) }
            let total = try await send(shard, "HGET", redis.keys.credits(organization), "held").integer ?? 0
            if sum != total {
                report("held is the sum of the holds", organization.description, "held \(total), holds \(sum)")
            }
        }
    }

    // MARK: MariaDB

    private func checkRows() async -> Result<Void, CommandFailure> {
        let known = Set(jobs.filter { $0.prefix == QueueName.sessions.jobPrefix }.map(\.id))
        let open: [String]
        switch await stores.ask({ connection throws(MySQLError) in
            try connection.query(AuditStatements.openSessions).map { $0.text("id") }
        }) {
        case .success(let ids): open = ids
        case .failure(let failure): return .failure(failure)
        }
        for id in open where !known.contains(id) {
            report("an open session is in Redis", id, "MariaDB has it, and Redis does not know it")
        }
        let ids = Array(known)
        for start in stride(from: 0, to: ids.count, by: Self.pageRows) {
            let some = Array(ids[start..<min(start + Self.pageRows, ids.count)])
            switch await stores.ask({ connection throws(MySQLError) in
                try connection.query(AuditStatements.ended(BatchSize.list(some.count)), some.map { .text($0) }).map {
                    ($0.text("id"), $0.text("status"))
                }
            }) {
            case .success(let ended):
                for (id, status) in ended {
                    report("an ended session is not in Redis", id, "it has ended as \(status)")
                }
            case .failure(let failure): return .failure(failure)
            }
        }
        return .success(())
    }
}
