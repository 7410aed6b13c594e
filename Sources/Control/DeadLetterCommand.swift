internal import Domain
internal import Platform

/// `drapectl queue dead`: lists jobs that no handler could process, enqueues them again, or drops them.
struct DeadLetterCommand {
    private enum Action: String {
        case list, replay, drop
    }

    /// The most entries of one queue in one shard that are read at a time.
    private static let listMax = 1_000
    private let action: Action
    /// `all`, or `queue/shard/entry` as the list shows it.
    private let which: String

    init(_ words: [String]) throws(UsageError) {
        guard let action = words.first.flatMap(Action.init(rawValue:)) else {
            throw UsageError(message: "queue dead is followed by list, replay or drop")
        }
        self.action = action
        if action != .list, words.count != 2 {
            throw UsageError(message: "queue dead \(action.rawValue) is followed by an entry of the list, or by all")
        }
        which = words.count == 2 ? words[1] : "all"
    }

    private struct Letter: Sendable {
        let place: QueuePlace
        let entry: DeadLetters.Entry

        var name: String { "\(place.queue.text)/\(place.shard)/\(entry.id)" }
    }

    func run(_ environment: [String: String], asJSON: Bool) throws {
        let (action, which) = (action, which)
        guard action != .list else { return try list(environment, asJSON: asJSON) }
        let count = try ControlStores.run(environment) { stores in
            do throws(RedisError) {
                if which == "all" { return .success(try await Self.actOnAll(action, stores)) }
                let letters = try await Self.letters(stores).filter { $0.name == which }
                for letter in letters { try await Self.act(action, letter, stores) }
                return .success(letters.count)
            } catch {
                return Result<Int, CommandFailure>.failure(CommandFailure(error))
            }
        }
        if count == 0, which != "all" { throw CommandFailure("there is no entry \(which)") }
        guard asJSON else {
            return print(action == .replay ? "\(count) jobs are enqueued again" : "\(count) dead letters are dropped")
        }
        var table = Table(["action", "jobs"])
        table.add(.text(action.rawValue), .number(count))
        table.print(asJSON: true, nothing: "")
    }

    private func list(_ environment: [String: String], asJSON: Bool) throws {
        let letters = try ControlStores.run(environment) { stores in
            do throws(RedisError) {
                return .success(try await Self.letters(stores))
            } catch {
                return Result<[Letter], CommandFailure>.failure(CommandFailure(error))
            }
        }
        Self.table(letters).print(asJSON: asJSON, nothing: "there are no dead letters")
        if !asJSON, Dictionary(grouping: letters, by: \.place).values.contains(where: { $0.count == Self.listMax }) {
            print("Only the oldest \(Self.listMax) of a queue in a shard are listed; there may be more.")
        }
    }

    /// The oldest entries of every queue.
    private static func letters(_ stores: ControlStores) async throws(RedisError) -> [Letter] {
        var letters: [Letter] = []
        for place in places(stores) {
            letters += try await DeadLetters(stores.redis).list(place, countMax: listMax).map {
                Letter(place: place, entry: $0)
            }
        }
        return letters
    }

    private static func places(_ stores: ControlStores) -> [QueuePlace] {
        QueueName.all.flatMap { queue in
            (0..<stores.redis.keys.shardCount).map { QueuePlace(queue, shard: $0) }
        }
    }

    /// Acts on every entry that is there now: a job that fails again becomes a new entry meanwhile, which stays.
    /// - Returns: the number of entries.
    private static func actOnAll(_ action: Action, _ stores: ControlStores) async throws(RedisError) -> Int {
        var count = 0
        let letters = DeadLetters(stores.redis)
        for place in places(stores) {
            guard let newest = try await letters.newest(place) else { continue }
            while true {
                let page = try await letters.list(place, upTo: newest, countMax: listMax)
                for entry in page { try await act(action, Letter(place: place, entry: entry), stores) }
                count += page.count
                if page.count < listMax { break }
            }
        }
        return count
    }

    /// Removes an entry after its job was enqueued, so that a job is never lost in between.
    private static func act(_ action: Action, _ letter: Letter, _ stores: ControlStores) async throws(RedisError) {
        if action == .replay { try await QueueProducer(stores.redis).enqueue(letter.entry.job, in: letter.place) }
        try await DeadLetters(stores.redis).remove(letter.entry.id, in: letter.place)
    }

    private static func table(_ letters: [Letter]) -> Table {
        var table = Table(["entry", "job", "lane", "at", "reason"])
        for letter in letters {
            table.add(
                .text(letter.name), .text(letter.entry.job.id), .text(letter.entry.job.lane),
                .text("\(Timestamp(unixMs: letter.entry.unixMs))"), .text(letter.entry.reason))
        }
        return table
    }
}
