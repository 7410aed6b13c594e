internal import Domain
internal import Platform

/// `drapectl credits refund`: refunds an item, or every item of a session, by hand.
struct CreditsCommand {
    private let id: String
    private let isJSON: Bool

    init(_ arguments: [String]) throws(UsageError) {
        let options = try Options(arguments.dropFirst(), flags: ["--json"], wordsMax: 1)
        guard arguments.first == "refund", options.words.count == 1 else {
            throw UsageError(message: "credits is followed by refund and an item (itm_…) or a session (cts_…)")
        }
        id = options.words[0]
        isJSON = options.has("--json")
    }

    func run(_ environment: [String: String]) throws {
        let id = id
        let refund = try ControlStores.run(environment) { stores in
            await stores.ask { connection throws(MySQLError) in
                let now = try connection.query(ControlStatements.now).first?.time("now") ?? SystemClock().now()
                return try OperatorRefund.make(of: id, at: now, connection)
            }.asyncMap { refund in
                guard let account = refund.account else { return .success(refund) }
                switch await AccountCache(redis: stores.redis, mysql: stores.mysql).store(account) {
                case .success: return .success(refund)
                // The money is right; the reconciler corrects the copy.
                case .failure: return .success(refund)
                }
            }
        }
        guard let account = refund.account else { throw CommandFailure("there is no session or item \(id)") }
        var table = Table(["item", "refunded", "balance"])
        for item in refund.items {
            table.add(.text(item.id), .number(item.credits), .number(Int(account.balanceCredits)))
        }
        table.print(asJSON: isJSON, nothing: "nothing is left to refund")
    }
}
