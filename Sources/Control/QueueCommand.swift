internal import Domain
internal import Platform

/// `drapectl queue`: shows what waits, and acts on lanes and dead letters.
struct QueueCommand {
    private enum Action {
        case status
        case inspect(String)
        case dead(DeadLetterCommand)
        /// Zero resumes.
        case pause(String, Duration)
    }

    private let action: Action
    private let isJSON: Bool

    init(_ arguments: [String]) throws(UsageError) {
        let options = try Options(arguments.dropFirst(), allowed: ["--minutes"], flags: ["--json"], wordsMax: 2)
        isJSON = options.has("--json")
        let minutes = try options.number("--minutes", 1...525_600) ?? 60
        func word(_ what: String) throws(UsageError) -> String {
            guard options.words.count == 1 else { throw UsageError(message: "name one \(what)") }
            return options.words[0]
        }
        switch arguments.first {
        case "status": action = .status
        case "inspect": action = .inspect(try word("session or delivery"))
        case "dead": action = .dead(try DeadLetterCommand(options.words))
        case "pause": action = .pause(try word("organisation or webhook"), .seconds(60 * minutes))
        case "resume": action = .pause(try word("organisation or webhook"), .zero)
        default: throw UsageError(message: "queue is followed by status, inspect, dead, pause or resume")
        }
    }

    func run(_ environment: [String: String]) throws {
        switch action {
        case .status: try status(environment)
        case .inspect(let id): try JobReport(id).run(environment, asJSON: isJSON)
        case .dead(let command): try command.run(environment, asJSON: isJSON)
        case .pause(let lane, let duration): try pause(lane, duration, environment)
        }
    }

    // MARK: Status

    private func status(_ environment: [String: String]) throws {
        let depths = try ControlStores.run(environment) { stores in
            do throws(RedisError) {
                return .success(try await QueueDepth.readAll(stores.redis))
            } catch {
                return Result<[QueueDepth], CommandFailure>.failure(CommandFailure(error))
            }
        }
        var table = Table([
            "queue", "shard", "waiting", "lanes", "counted", "parked", "resting", "held", "delayed", "dead", "workers",
            "oldestSeconds",
        ])
        let now = SystemClock().now()
        for depth in depths where !depth.isEmpty || isJSON {
            table.add(
                .text(depth.place.queue.text), .number(depth.place.shard), .number(depth.waiting), .number(depth.lanes),
                .number(depth.lanesCounted), .number(depth.parkedLanes), .number(depth.restingLanes),
                .number(depth.held), .number(depth.delayed),
                .number(depth.deadLetters), .number(depth.workers),
                depth.oldestAt.map { .number(Int(max(0, now.unixMs - $0.unixMs) / 1_000)) } ?? .none)
        }
        let workers = depths.map(\.workers).max() ?? 0
        table.print(asJSON: isJSON, nothing: "nothing waits; \(workers) workers are there")
        if !isJSON, depths.contains(where: \.isPartial) {
            print("Not all lanes were counted: more jobs may wait, and for longer.")
        }
    }

    // MARK: Lanes

    private func pause(_ lane: String, _ duration: Duration, _ environment: [String: String]) throws {
        let waiting = try ControlStores.run(environment) { stores in
            await Self.place(of: lane, stores).asyncMap { place in
                do throws(RedisError) {
                    return .success(try await LanePauseScript(lane, in: place, for: duration).run(stores.redis))
                } catch {
                    return .failure(CommandFailure(error))
                }
            }
        }
        let minutes = Int(duration.inSeconds) / 60
        guard isJSON else {
            let what = minutes > 0 ? "paused for \(minutes) minutes" : "resumed"
            return print("\(lane) is \(what); \(waiting) jobs wait in its lane")
        }
        var table = Table(["lane", "state", "minutes", "waiting"])
        table.add(
            .text(lane), .text(minutes > 0 ? "paused" : "resumed"), minutes > 0 ? .number(minutes) : .none,
            .number(waiting))
        table.print(asJSON: true, nothing: "")
    }

    /// The queue and the shard of a lane: an organisation's, or an endpoint's.
    private static func place(of lane: String, _ stores: ControlStores) async -> Result<QueuePlace, CommandFailure> {
        if let id = OrganizationID(lane) {
            return .success(QueuePlace(.sessions, shard: stores.redis.keys.shard(of: id)))
        }
        guard let id = WebhookID(lane) else {
            return .failure(CommandFailure("\(lane) is no organisation (org_…) and no webhook (whk_…)"))
        }
        switch await stores.ask({ connection throws(MySQLError) in
            try connection.query(ControlStatements.organizationOfWebhook, [.id(id)]).first?.id(
                "organization_id", OrganizationID.self)
        }) {
        case .failure(let failure): return .failure(failure)
        case .success(nil): return .failure(CommandFailure("there is no webhook \(lane)"))
        case .success(let organization?):
            return .success(QueuePlace(.webhooks, shard: stores.redis.keys.shard(of: organization)))
        }
    }
}

extension Result where Failure == CommandFailure {
    /// The result of an asynchronous step with the value.
    func asyncMap<Value>(_ step: (Success) async -> Result<Value, CommandFailure>) async -> Result<
        Value, CommandFailure
    > {
        switch self {
        case .success(let value): await step(value)
        case .failure(let failure): .failure(failure)
        }
    }
}
