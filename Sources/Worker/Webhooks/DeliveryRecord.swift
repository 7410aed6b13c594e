internal import Platform

/// The outcome of an attempt, and its effect on the delivery.
struct DeliveryRecord: Sendable {
    enum Outcome: Sendable {
        case delivered
        /// `retryAt` is nil after the last attempt.
        case failed(retryAt: Timestamp?)
        /// The endpoint answered 410 (gone), and is disabled.
        case gone
        /// The endpoint is deleted; nothing was sent.
        case canceled
        /// The endpoint is not active; nothing was sent, and its owner can ask for it later.
        case skipped

        /// Whether it ends a delivery that was not accepted.
        var isFailure: Bool {
            switch self {
            case .failed(let retryAt): retryAt == nil
            case .gone: true
            case .delivered, .canceled, .skipped: false
            }
        }

        /// The status of a delivery to which nothing was sent; nil if there was an attempt.
        fileprivate var statusWithoutAttempt: String? {
            switch self {
            case .canceled: "canceled"
            case .skipped: "skipped"
            case .delivered, .failed, .gone: nil
            }
        }
    }

    let delivery: Delivery
    let outcome: Outcome
    /// What it says about the endpoint.
    var verdict = EndpointVerdict.unknown
    var statusCode: Int?
    var error: String?
    var response: [UInt8] = []
    var address: String?
    var durationMs: Int64 = 0
    let startedAt: Timestamp

    /// Writes a group of records in one transaction.
    static func write(
        _ records: [DeliveryRecord], at now: Timestamp, _ connection: MySQLConnection
    ) throws(MySQLError) -> [Void] {
        try connection.transaction { () throws(MySQLError) in
            let sorted = records.sorted { $0.delivery.id < $1.delivery.id }
            var attempts: [DeliveryRecord] = []
            var successes: [String: Int64] = [:]
            var failures: [String: Int64] = [:]
            for record in sorted {
                if let status = record.outcome.statusWithoutAttempt {
                    try connection.update(
                        DeliveryStatements.endWithoutAttempt, [.text(status), .text(record.delivery.id)])
                    continue
                }
                attempts.append(record)
                try record.update(at: now, connection)
                if case .delivered = record.outcome {
                    successes[record.delivery.webhookID, default: 0] += 1
                } else if record.outcome.isFailure {
                    failures[record.delivery.webhookID, default: 0] += 1
                }
            }
            try connection.insert(attempts, DeliveryStatements.insertAttempts)
            for (id, count) in successes.sorted(by: { $0.key < $1.key }) {
                try connection.update(DeliveryStatements.countSuccess, ["count": .integer(count), "id": .text(id)])
            }
            for (id, count) in failures.sorted(by: { $0.key < $1.key }) {
                try connection.update(DeliveryStatements.countFailure, ["count": .integer(count), "id": .text(id)])
            }
            for record in sorted {
                guard case .gone = record.outcome else { continue }
                try connection.update(
                    DeliveryStatements.disable, ["now": .time(now), "id": .text(record.delivery.webhookID)])
            }
        }
        return records.map { _ in () }
    }

    /// The number of the attempt, counted from 1.
    var attempt: Int { delivery.attempts + 1 }

    private func update(at now: Timestamp, _ connection: MySQLConnection) throws(MySQLError) {
        var status = "pending"
        var retryAt: Timestamp?
        var deliveredAt: Timestamp?
        switch outcome {
        case .delivered:
            status = "delivered"
            deliveredAt = now
        case .failed(let next):
            retryAt = next
            if next == nil { status = "failed" }
        case .gone: status = "failed"
        case .canceled, .skipped: status = outcome.statusWithoutAttempt ?? status
        }
        try connection.update(
            DeliveryStatements.update,
            [
                "status": .text(status), "attempts": .integer(Int64(attempt)), "next_attempt_at": .optional(retryAt),
                "delivered_at": .optional(deliveredAt), "last_status_code": .optional(statusCode.map { Int64($0) }),
                "last_error": .optional(error), "id": .text(delivery.id),
            ])
    }
}
