internal import Domain
internal import Platform

/// `drapectl limits`: the rate limit of an API key, in words.
struct LimitsCommand {
    private let id: APIKeyID
    private let isJSON: Bool

    init(_ arguments: [String]) throws(UsageError) {
        let options = try Options(arguments[...], flags: ["--json"], wordsMax: 1)
        guard let id = options.words.first.flatMap({ APIKeyID($0) }) else {
            throw UsageError(message: "limits is followed by the id of an API key: key_…")
        }
        self.id = id
        isJSON = options.has("--json")
    }

    fileprivate struct Key: Sendable {
        let organizationID: OrganizationID
        let organization: String
        let name: String
        let isActive: Bool
        let requestsPerMinute: Int
    }

    func run(_ environment: [String: String]) throws {
        let id = id
        let (key, name, arrival, now) = try ControlStores.run(environment) { stores in
            await stores.ask { connection throws(MySQLError) in
                try connection.query(ControlStatements.key, [.id(id)]).first.map { Key($0) }
            }.asyncMap { key -> Result<(Key, String, Int64?, Int64), CommandFailure> in
                guard let key else { return .failure(CommandFailure("there is no API key \(id)")) }
                let name = stores.redis.keys.rateLimit(key.organizationID, key: id)
                do throws(RedisError) {
                    let reply = try await stores.redis.send(RedisCommand(["GET", name]), to: RedisSlot(key: name))
                    return .success((key, name, reply.integer, try await stores.redisUnixMs()))
                } catch {
                    return .failure(CommandFailure(error))
                }
            }
        }
        let wait = max(0, (arrival ?? 0) / 1_000 - now)
        let interval = 60_000.0 / Double(key.requestsPerMinute)
        let left = max(0, key.requestsPerMinute - Int((Double(wait) / interval).rounded(.up)))
        var table = Table(["fact", "value"])
        table.add(.text("key"), .text("\(id) \"\(key.name)\"\(key.isActive ? "" : ", disabled")"))
        table.add(.text("organisation"), .text("\(key.organizationID) \"\(key.organization)\""))
        table.add(.text("limit"), .text("\(key.requestsPerMinute) requests a minute"))
        table.add(.text("left now"), .number(left))
        table.add(.text("all are restored in"), .text("\(Double(wait / 100) / 10) s"))
        table.add(.text("Redis key"), .text(name))
        table.print(asJSON: isJSON, nothing: "")
    }
}

extension LimitsCommand.Key {
    fileprivate init(_ row: MySQLRow) {
        let plan = Plan(rawValue: row.text("plan")) ?? .free
        self.init(
            organizationID: row.id("organization_id"), organization: row.text("organization"), name: row.text("name"),
            isActive: row.boolean("is_active"),
            requestsPerMinute: row.optionalInteger("rate_limit_per_minute").map { Int($0) } ?? plan.requestsPerMinute)
    }
}
