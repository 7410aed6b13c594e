internal import Domain
internal import Platform

/// `drapectl queue inspect`: what Redis and MariaDB know of one session or delivery.
struct JobReport {
    private let id: String

    init(_ id: String) {
        self.id = id
    }

    private struct Fact: Sendable {
        let store: String
        let name: String
        let value: String
    }

    func run(_ environment: [String: String], asJSON: Bool) throws {
        let id = id
        guard SessionID(id) != nil || DeliveryID(id) != nil || EventID(id) != nil else {
            throw CommandFailure("\(id) is no session (cts_…), no delivery (dlv_…) and no event (evt_…)")
        }
        let facts = try ControlStores.run(environment) { stores in
            await Self.inRedis(id, stores).asyncMap { redis in
                await Self.inMariaDB(id, stores).map { redis + $0 }
            }
        }
        var table = Table(["store", "fact", "value"])
        for fact in facts { table.add(.text(fact.store), .text(fact.name), .text(fact.value)) }
        table.print(asJSON: asJSON, nothing: "neither Redis nor MariaDB knows \(id)")
    }

    private static func inRedis(_ id: String, _ stores: ControlStores) async -> Result<[Fact], CommandFailure> {
        let queues =
            SessionID(id) != nil ? [QueueName.sessions, .burial] : EventID(id) != nil ? [.events] : [.webhooks]
        var facts: [Fact] = []
        func note(_ name: String, _ value: String) { facts.append(Fact(store: "redis", name: name, value: value)) }
        do throws(RedisError) {
            for shard in 0..<stores.redis.keys.shardCount {
                let place = QueuePlace(queues[0], shard: shard)
                let names = ["lane", "weight", "attempts", "crashes", "claims", "started", "cancel", "withdrawn"]
                let reply = try await stores.redis.send(
                    RedisCommand(["HMGET", stores.redis.keys.job(place.queue, shard: shard, id)] + names),
                    to: stores.redis.keys.slot(ofShard: shard))
                let values = reply.elements ?? []
                guard values.contains(where: { $0 != .null }) else { continue }
                note("shard", String(shard))
                for (name, value) in zip(names, values) { if let text = value.text { note(name, text) } }
                for queue in queues {
                    for found in try await JobPlaces.find(id, QueuePlace(queue, shard: shard), stores.redis) {
                        note("place", "\(queue.text): \(found)")
                    }
                }
            }
        } catch {
            return .failure(CommandFailure(error))
        }
        return .success(facts)
    }

    /// The statement that reads the row of an id, and the columns that are shown.
    private static func shown(_ id: String) -> (statement: String, columns: [String]) {
        if SessionID(id) != nil {
            return (
                ControlStatements.session,
                [
                    "organization_id", "environment", "status", "owner", "cost_credits", "cancel_requested",
                    "error_code", "created_at", "started_at", "finished_at",
                ]
            )
        }
        if EventID(id) != nil {
            return (
                ControlStatements.event,
                ["organization_id", "environment", "type", "subject_id", "request_id", "deliveries", "created_at"]
            )
        }
        return (
            ControlStatements.delivery,
            [
                "organization_id", "status", "attempts", "next_attempt_at", "last_status_code", "last_error",
                "webhook_id", "type", "created_at",
            ]
        )
    }

    private static func inMariaDB(_ id: String, _ stores: ControlStores) async -> Result<[Fact], CommandFailure> {
        let (statement, names) = shown(id)
        return await stores.ask { connection throws(MySQLError) in
            guard let row = try connection.query(statement, [.text(id)]).first else { return [] }
            return names.compactMap { name in
                switch row[name] {
                case .null: nil
                case .integer(let number): Fact(store: "mariadb", name: name, value: String(number))
                default: Fact(store: "mariadb", name: name, value: row.text(name))
                }
            }
        }
    }
}
