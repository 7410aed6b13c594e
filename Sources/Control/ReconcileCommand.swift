internal import Domain
internal import Platform

/// `drapectl reconcile`: one pass of the reconciler, or, with `--dry-run`, what it would do.
struct ReconcileCommand {
    private let isTrial: Bool
    private let isJSON: Bool

    init(_ arguments: [String]) throws(UsageError) {
        let options = try Options(arguments[...], flags: ["--dry-run", "--json"])
        isTrial = options.has("--dry-run")
        isJSON = options.has("--json")
    }

    func run(_ environment: [String: String]) throws {
        let isTrial = isTrial
        let found = try ControlStores.run(environment) { stores in
            await Reconciler(redis: stores.redis, mysql: stores.mysql, isTrial: isTrial)
                .run(withAccounts: true).mapError { CommandFailure($0.description) }
        }
        var table = Table(["what", "checked", "repairs"])
        table.add(.text("sessions"), .number(found.sessionsChecked), .number(found.sessionsRestored))
        table.add(.text("deliveries"), .number(found.deliveriesChecked), .number(found.deliveriesRestored))
        table.add(.text("holds"), .none, .number(found.holdsReleased))
        table.add(.text("totals of holds"), .number(found.accountsChecked), .number(found.heldCorrected))
        table.add(.text("balances"), .number(found.accountsChecked), .number(found.balancesCorrected))
        table.print(asJSON: isJSON, nothing: "")
        if isTrial, !isJSON { print("Nothing was changed: the repairs are those that a run without --dry-run makes.") }
    }
}
