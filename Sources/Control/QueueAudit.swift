internal import Domain
internal import Platform

/// The rules of the queues and holds: every job is in exactly one place, and the counters agree.
final class QueueAudit {
    private static let scanRows = "2000"
    private static let pageRows = 512
    private let redis: RedisStore
    private let stores: ControlStores
    private var findings: [AuditFinding] = []
    /// The lists that hold each job, by its key; the set of delayed jobs is the list with an empty name.
    private var places: [String: [String]] = [:]
    private var jobs: [String: (place: QueuePlace, id: String)] = [:]
    private var lanes: [QueuePlace: Set<String>] = [:]
    private var boots: [QueuePlace: Set<String>] = [:]
    private var accounts: Set<OrganizationID> = []

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
                case .lane(let place, let lane): lanes[place, default: []].insert(lane)
                case .processing(let place, let boot): boots[place, default: []].insert(boot)
                case .job(let place, let id): jobs[name] = (place, id)
                case .account(let organization): accounts.insert(organization)
                case nil: break
                }
            }
        } while cursor != "0"
    }

    private func send(_ shard: Int, _ words: String...) async throws(RedisError) -> RedisReply {
        try await redis.send(RedisCommand(words), to: redis.keys.slot(ofShard: shard))
    }

    // MARK: Places

    private func readPlaces() async throws(RedisError) {
        for (place, lanes) in lanes {
            for lane in lanes { try await note(place, redis.keys.lane(place.queue, shard: place.shard, lane)) }
            try await check(Array(lanes), place)
        }
        for queue in QueueName.all {
            for shard in 0..<redis.keys.shardCount {
                let place = QueuePlace(queue, shard: shard)
                let boots = Array(boots[place] ?? [])
                for boot in boots { try await note(place, redis.keys.processing(place, boot: boot)) }
                for id in try await send(shard, "ZRANGE", redis.keys.delayed(place), "0", "-1").elements ?? [] {
                    if let id = id.text { places[redis.keys.job(queue, shard: shard, id), default: []].append("") }
                }
                try await checkHeld(place, boots)
            }
        }
    }

    private func note(_ place: QueuePlace, _ list: String) async throws(RedisError) {
        for id in (try await send(place.shard, "LRANGE", list, "0", "-1").elements ?? []).compactMap(\.text) {
            places[redis.keys.job(place.queue, shard: place.shard, id), default: []].append(list)
        }
    }

    private func check(_ lanes: [String], _ place: QueuePlace) async throws(RedisError) {
        let name = redis.keys.queue(place.queue, shard: place.shard)
        for start in stride(from: 0, to: lanes.count, by: LaneAuditScript.lanesMax) {
            let some = lanes[start..<min(start + LaneAuditScript.lanesMax, lanes.count)]
            for found in try await LaneAuditScript(place: place, lanes: some).run(redis) {
                report(
                    "a lane with work is in the ring, parked or paused", "\(name) \(found.lane)",
                    found.isMarked ? "marked, but not in the ring" : "it is in none")
            }
        }
    }

    private func checkHeld(_ place: QueuePlace, _ boots: [String]) async throws(RedisError) {
        let name = redis.keys.queue(place.queue, shard: place.shard)
        let found = try await HeldJobsAuditScript(place: place, boots: boots).run(redis)
        for lane in found.lanes {
            report(
                "the weight in flight is that of the held jobs", "\(name) \(lane.name)",
                "counted \(lane.countedWeight), held \(lane.heldWeight)")
        }
        for worker in found.lostWorkers {
            report(
                "a worker that holds jobs has a lease", "\(name) \(worker)", "it has none, so its jobs wait for ever")
        }
    }

    // MARK: Jobs

    /// What looked wrong is looked at again, at one moment: jobs move while the lists are read.
    private func checkJobs() async throws(RedisError) {
        let rule = "a job is in exactly one place"
        for (key, job) in jobs where places[key]?.count != 1 {
            let lists =
                (places[key] ?? []).filter { !$0.isEmpty }
                + (boots[job.place] ?? []).map { redis.keys.processing(job.place, boot: $0) }
            let now = try await JobPlacesScript(place: job.place, id: job.id, lists: lists).run(redis)
            guard now.exists, now.places != 1 else { continue }
            let names = (places[key] ?? []).map { $0.isEmpty ? "delayed" : $0 }.sorted()
            report(rule, job.id, now.places == 0 ? "in no place" : names.joined(separator: ", "))
        }
        // Without its hash a job does nothing; the claim that meets it removes it.
        for (key, found) in places where jobs[key] == nil && found.count > 1 {
            report(rule, key, found.sorted().joined(separator: ", "))
        }
    }

    private func checkHolds() async throws(RedisError) {
        for organization in accounts {
            let shard = redis.keys.shard(of: organization)
            let names = (try await send(shard, "HKEYS", redis.keys.holds(organization)).elements ?? []).compactMap(
                \.text)
            if let copy = try await HeldSumScript(organizationID: organization, isTrial: true).run(redis),
                copy.heldCredits != copy.sumCredits
            {
                report(
                    "held is the sum of the holds", organization.description,
                    "held \(copy.heldCredits), holds \(copy.sumCredits)")
            }
            for id in names where jobs[redis.keys.job(.sessions, shard: shard, id)] == nil {
                // A hold is made and removed together with its session, so the order of these two reads decides.
                let job = redis.keys.job(.sessions, shard: shard, id)
                guard try await send(shard, "EXISTS", job).integer == 0,
                    try await send(shard, "HEXISTS", redis.keys.holds(organization), id).integer == 1
                else { continue }
                report("a hold has its session", id, "held for \(organization), and Redis does not know the session")
            }
        }
    }

    // MARK: MariaDB

    private func checkRows() async -> Result<Void, CommandFailure> {
        let known = Set(jobs.values.filter { $0.place.queue == .sessions }.map(\.id))
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
