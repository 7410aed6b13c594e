internal import Domain
internal import Platform

/// What the attempts of a group say about one endpoint.
struct EndpointTally {
    /// A webhook with a URL that attempts have called; its owner may have changed it meanwhile.
    struct CalledURL: Hashable {
        let webhookID: String
        let url: String

        init(_ record: DeliveryRecord) {
            webhookID = record.delivery.webhookID
            url = record.delivery.url
        }
    }

    let webhookID: String
    let url: String
    /// Its attempts, by the ids of their deliveries.
    let records: [DeliveryRecord]
    let hour: Timestamp
    let delivered: Int
    /// Deliveries that were given up.
    let failed: Int
    let attemptsFailed: Int
    /// Attempts whose failure is the endpoint's.
    let blamed: Int

    init(_ endpoint: CalledURL, records: [DeliveryRecord], hour: Timestamp) {
        webhookID = endpoint.webhookID
        url = endpoint.url
        self.records = records
        self.hour = hour
        delivered = records.count { $0.isDelivered }
        failed = records.count { $0.outcome.isFailure }
        attemptsFailed = records.count - delivered
        blamed = records.count { !$0.isDelivered && $0.verdict != .unknown }
    }

    var lastError: String? { records.last { $0.error != nil }?.error }

    /// The parameters of `DeliveryStatements.countAttempts`.
    func parameters(at now: Timestamp) -> MySQLParameters {
        [
            "delivered": .integer(Int64(delivered)), "failed": .integer(Int64(failed)),
            "blamed": .integer(Int64(blamed)), "url": .text(url), "now": .time(now), "id": .text(webhookID),
        ]
    }

    /// Adds the tally to the row of its hour.
    static let insert = InsertStatement<EndpointTally>(
        into: "webhook_hours", adding: sums.map(\.name), keys + sums)

    private static let keys: [InsertStatement<EndpointTally>.Column] = [
        ("webhook_id", { .text($0.webhookID) }), ("hour", { .time($0.hour) }),
    ]
    private static let counts: [InsertStatement<EndpointTally>.Column] = [
        ("delivered", { .integer(Int64($0.delivered)) }), ("failed", { .integer(Int64($0.failed)) }),
        ("attempts", { .integer(Int64($0.records.count)) }),
        ("attempts_failed", { .integer(Int64($0.attemptsFailed)) }),
    ]
    private static let sums = counts + EndpointHour.boundsMs.indices.map(bucket)

    private static func bucket(_ index: Int) -> InsertStatement<EndpointTally>.Column {
        (EndpointHour.column(EndpointHour.boundsMs[index]), { .integer($0.count(inBucket: index)) })
    }

    /// The attempts whose time is in a bucket; the last bucket has those that took longer, too.
    private func count(inBucket index: Int) -> Int64 {
        let bounds = EndpointHour.boundsMs
        return Int64(
            records.count { record in
                (bounds.firstIndex { record.durationMs <= $0 } ?? bounds.count - 1) == index
            })
    }
}
