internal import Domain
internal import Platform
internal import Schema

/// `drapectl migrate`: applies, reverts, reports or verifies the schema's steps.
struct MigrateCommand {
    private enum Action: String {
        case up, down, status, verify
    }

    private let action: Action
    private let target: Int?

    init(_ arguments: [String]) throws(UsageError) {
        guard let action = arguments.first.flatMap(Action.init(rawValue:)) else {
            throw UsageError(message: "migrate is followed by up, down, status or verify")
        }
        self.action = action
        target = try Options(arguments.dropFirst(), allowed: action == .down ? ["--to"] : []).number("--to", 0...9_999)
    }

    func run(_ environment: [String: String]) throws {
        var reader = ConfigurationReader(environment: environment)
        let (database, servers) = (reader.required(Settings.databaseURL), reader.required(Settings.nameServers))
        try reader.check()
        // A step may take long on a large table. It waits shortly for a lock, because everything else waits behind it.
        let connection = MySQLConnection(database.value.resolved(by: servers.value), commandSeconds: 86_400)
        defer { connection.close() }
        let migrator = Migrator(connection)
        switch action {
        case .up: report("applied", try migrator.up())
        case .down:
            let newest = try migrator.status().last { $0.condition != .pending }?.number ?? 0
            report("rolled back", try migrator.down(to: target ?? newest - 1))
        case .status:
            for state in try migrator.status() { print("\(state.number)\t\(state.name)\t\(state.condition.rawValue)") }
        case .verify:
            try migrator.verify()
            print("the schema is up to date")
        }
    }

    private func report(_ what: String, _ migrations: [Migration]) {
        if migrations.isEmpty { print("nothing to do") }
        for migration in migrations { print("\(what): \(migration.number) \(migration.name)") }
    }
}
