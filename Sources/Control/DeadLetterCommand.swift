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
        let letters = try ControlStores.run(environment) { stores in
            do throws(RedisError) {
                return .success(try await Self.act(action, on: which, stores))
            } catch {
                return Result<[Letter], CommandFailure>.failure(CommandFailure(error))
            }
        }
        if letters.isEmpty, which != "all" { throw CommandFailure("there is no entry \(which)") }
        let places = Dictionary(grouping: letters, by: \.place)
        switch action {
        case .list:
            Self.table(letters).print(asJSON: asJSON, nothing: "there are no dead letters")
            if !asJSON, places.values.contains(where: { $0.count == Self.listMax }) {
                print("Only the oldest \(Self.listMax) of a queue in a shard are listed; there may be more.")
            }
        case .replay: print("\(letters.count) jobs are enqueued again")
        case .drop: print("\(letters.count) dead letters are dropped")
        }
    }

    /// Lists entries, or acts on them; on all of them, if all are meant.
    private static func act(
        _ action: Action, on which: String, _ stores: ControlStores
    ) async throws(RedisError) -> [Letter] {
        var found: [Letter] = []
        while true {
            let letters = try await Self.letters(stores)
            let meant = letters.filter { which == "all" || $0.name == which }
            for letter in meant where action != .list { try await Self.act(action, letter, stores) }
            found += meant
            if action == .list || which != "all" || letters.isEmpty { return found }
        }
    }

    private static func letters(_ stores: ControlStores) async throws(RedisError) -> [Letter] {
        var letters: [Letter] = []
        for queue in QueueName.all {
            for shard in 0..<stores.redis.keys.shardCount {
                let place = QueuePlace(queue, shard: shard)
                letters += try await DeadLetters(stores.redis).list(place, countMax: listMax).map {
                    Letter(place: place, entry: $0)
                }
            }
        }
        return letters
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
