internal import Domain
internal import Platform

/// Handles the endpoint for the statistics of a webhook.
final class WebhookStatsHandler {
    private let mysql: MySQLPool
    private static let hoursDefault: Int64 = 24

    init(mysql: MySQLPool) {
        self.mysql = mysql
    }

    func read(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: WebhookID = try context.request.id(0, "webhook")
        let query = try QueryReader(context.request)
        let hours = query.integer(WebhookStatsSchema.hours) ?? Self.hoursDefault
        try query.faults.check()
        let scope = context.key.tenant + ["id": .id(id)]
        let since = Timestamp(unixMs: (context.now.unixMs / 3_600_000 - hours + 1) * 3_600_000)
        let rows = try await mysql.ask { connection throws(MySQLError) -> [MySQLRow]? in
            if try connection.query(WebhookStatements.read, scope).isEmpty { return nil }
            return try connection.query(WebhookStatsStatements.hours, ["id": .id(id), "since": .time(since)])
        }
        guard let rows else { throw .notFound("webhook") }
        let each = rows.map { (hour: $0.time("hour"), tally: Tally($0)) }
        let total = each.reduce(Tally()) { $0 + $1.tally }
        return .json(capacity: 4_096) { json in
            json.field("since", since)
            json.key("total")
            json.object { json in total.write(to: &json) }
            json.key("hours")
            json.array { json in
                for one in each {
                    json.object { json in
                        json.field("hour", one.hour)
                        one.tally.write(to: &json)
                    }
                }
            }
        }
    }

    /// What was counted of a time.
    private struct Tally {
        private var delivered: Int64 = 0
        private var failed: Int64 = 0
        private var attempts: Int64 = 0
        private var attemptsFailed: Int64 = 0
        private var buckets = EndpointHour.boundsMs.map { _ in Int64(0) }

        init() {}

        init(_ row: MySQLRow) {
            delivered = row.integer("delivered")
            failed = row.integer("failed")
            attempts = row.integer("attempts")
            attemptsFailed = row.integer("attempts_failed")
            buckets = EndpointHour.boundsMs.map { row.integer(EndpointHour.column($0)) }
        }

        static func + (one: Tally, other: Tally) -> Tally {
            var sum = one
            sum.delivered += other.delivered
            sum.failed += other.failed
            sum.attempts += other.attempts
            sum.attemptsFailed += other.attemptsFailed
            sum.buckets = zip(one.buckets, other.buckets).map(+)
            return sum
        }

        func write(to json: inout JSONWriter) {
            json.field("delivered", delivered)
            json.field("failed", failed)
            json.field("attempts", attempts)
            json.field("attemptsFailed", attemptsFailed)
            for (name, share) in [(WebhookStatsSchema.p50.name, 0.5), (WebhookStatsSchema.p95.name, 0.95)] {
                json.key(name)
                if let ms = EndpointHour.percentileMs(share, of: buckets) { json.integer(ms) } else { json.null() }
            }
        }
    }
}
