internal import Domain
internal import Platform

/// `drapectl audit`: checks on the live stores that nothing is lost, and nobody was charged twice.
struct AuditCommand {
    private static let pause = Duration.seconds(2)
    private let isJSON: Bool

    init(_ arguments: [String]) throws(UsageError) {
        isJSON = try Options(arguments[...], flags: ["--json"]).has("--json")
    }

    func run(_ environment: [String: String]) throws {
        let findings = try ControlStores.run(environment) { stores in
            await Self.findings(stores)
        }
        var table = Table(["rule", "where", "what"])
        for finding in findings.sorted(by: { ($0.rule, $0.place) < ($1.rule, $1.place) }) {
            table.add(.text(finding.rule), .text(finding.place), .text(finding.what))
        }
        table.print(asJSON: isJSON, nothing: "every rule holds")
        if !findings.isEmpty { throw CommandFailure("\(findings.count) findings") }
    }

    /// What is wrong at two looks, with a pause in between: a single one may see work in progress.
    private static func findings(_ stores: ControlStores) async -> Result<Set<AuditFinding>, CommandFailure> {
        var lasting: Set<AuditFinding>?
        for look in 0..<2 {
            if look > 0 {
                if lasting?.isEmpty == true { break }
                await stores.loop.sleep(for: pause)
            }
            var found: Set<AuditFinding>
            switch await stores.ask({ connection throws(MySQLError) in try LedgerAudit.run(connection) }) {
            case .success(let findings): found = Set(findings)
            case .failure(let failure): return .failure(failure)
            }
            switch await QueueAudit(stores).run() {
            case .success(let findings): found.formUnion(findings)
            case .failure(let failure): return .failure(failure)
            }
            lasting = lasting?.intersection(found) ?? found
        }
        return .success(lasting ?? [])
    }
}

/// A rule that does not hold, and where.
struct AuditFinding: Hashable, Sendable {
    let rule: String
    /// An id, or a Redis key.
    let place: String
    /// What was found, without numbers that change from look to look.
    let what: String
}
