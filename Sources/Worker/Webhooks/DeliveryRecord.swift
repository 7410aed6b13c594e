internal import Shared

/// What an attempt has come to, and what it means for the delivery.
struct DeliveryRecord: Sendable {
    enum Outcome: Sendable {
        case delivered
        /// Nil: there is no further attempt.
        case failed(retryAt: Timestamp?)
        /// The endpoint says that it is gone for good.
        case gone
        /// Nobody wants it any more; nothing was sent.
        case canceled
    }

    let delivery: Delivery
    let outcome: Outcome
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
            var attempts: [[MySQLValue]] = []
            var successes: [String: Int64] = [:]
            var failures: [String: Int64] = [:]
            for record in sorted {
                if case .canceled = record.outcome {
                    try connection.update(DeliveryStatements.cancel, [.text(record.delivery.id)])
                    continue
                }
                attempts.append(record.attemptRow)
                try connection.update(DeliveryStatements.update, record.deliveryRow(now))
                if case .delivered = record.outcome {
                    successes[record.delivery.webhookID, default: 0] += 1
                } else {
                    failures[record.delivery.webhookID, default: 0] += 1
                }
            }
            try connection.insert(attempts, DeliveryStatements.insertAttempts)
            for (id, count) in successes.sorted(by: { $0.key < $1.key }) {
                try connection.update(DeliveryStatements.countSuccess, [.integer(count), .text(id)])
            }
            for (id, count) in failures.sorted(by: { $0.key < $1.key }) {
                try connection.update(DeliveryStatements.countFailure, [.integer(count), .text(id)])
            }
            for record in sorted {
                guard case .gone = record.outcome else { continue }
                try connection.update(DeliveryStatements.disable, [.time(now), .text(record.delivery.webhookID)])
            }
        }
        return records.map { _ in () }
    }

    private var attemptRow: [MySQLValue] {
        [
            .text(delivery.id), .integer(Int64(delivery.attempts + 1)), .optional(address),
            statusCode.map { .integer(Int64($0)) } ?? .null, .optional(error), .bytes(response), .integer(durationMs),
            .time(startedAt),
        ]
    }

    private func deliveryRow(_ now: Timestamp) -> [MySQLValue] {
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
        case .canceled: status = "canceled"
        }
        return [
            .text(status), .integer(Int64(delivery.attempts + 1)), .optional(retryAt), .optional(deliveredAt),
            statusCode.map { .integer(Int64($0)) } ?? .null, .optional(error), .text(delivery.id),
        ]
    }
}
