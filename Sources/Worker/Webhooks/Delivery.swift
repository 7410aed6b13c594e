internal import Domain
internal import Platform

/// One event for one endpoint, as stored in MariaDB.
struct Delivery: Sendable {
    let id: String
    let organizationID: OrganizationID
    let environment: TenantEnvironment
    let isPending: Bool
    /// The number of attempts so far.
    let attempts: Int
    /// By the clock of the database.
    let nextAttemptAt: Timestamp?
    /// When this row was read, by the clock of the database.
    private let readAt: Timestamp
    let eventID: String
    let eventType: String
    let body: [UInt8]
    let traceparent: String?
    let createdAt: Timestamp
    let webhookID: String
    let url: String
    let limits: WebhookLimits
    /// The first pending delivery of an ordered endpoint, by the order of events; nil if the endpoint is not ordered.
    let firstPending: String?
    /// The fields that the endpoint's owner has added.
    let sealedHeaders: [UInt8]?
    let sealedSecret: [UInt8]
    /// The secret before the last rotation, and when it is no longer used; nil if there is none.
    let previousSecret: (sealed: [UInt8], until: Timestamp)?
    let isWebhookActive: Bool
    let isWebhookDeleted: Bool
    /// Whether this process may make the attempt that is due; no other one makes it meanwhile.
    private(set) var isTaken = false

    /// Reads a row of `DeliveryStatements.load`.
    init(_ row: MySQLRow) {
        id = row.text("id")
        organizationID = row.id("organization_id")
        environment = TenantEnvironment(rawValue: row.text("environment")) ?? .test
        isPending = row.text("status") == "pending"
        attempts = Int(row.integer("attempts"))
        nextAttemptAt = row.optionalTime("next_attempt_at")
        readAt = row.time("read_at")
        eventID = row.text("event_id")
        eventType = row.text("type")
        body = row.optionalBytes("body") ?? []
        traceparent = row.optionalText("traceparent")
        createdAt = row.time("created_at")
        webhookID = row.text("webhook_id")
        url = row.text("url")
        limits = WebhookLimits(row)
        firstPending = row.optionalText("first_pending")
        sealedHeaders = row.optionalBytes("headers")
        sealedSecret = row.optionalBytes("secret") ?? []
        previousSecret = row.optionalBytes("previous_secret").flatMap { sealed in
            row.optionalTime("previous_secret_until").map { (sealed, $0) }
        }
        isWebhookActive = row.boolean("is_active")
        isWebhookDeleted = row.optionalText("deleted_at") != nil
    }

    /// Whether nothing but its age can have delayed the attempt: it was never tried, skipped or asked for again.
    var isFirstAttempt: Bool { attempts == 0 && nextAttemptAt.map { $0 <= createdAt } == true }

    /// Loads a group of deliveries, and takes those that are due: their next attempt is moved, before anything is sent.
    ///
    /// A database that takes no writes lets nothing be sent. Its clock decides what is due; the clocks of workers may differ.
    /// - Returns: the deliveries in the order of the ids; nil for an id without a row.
    static func take(
        _ ids: [String], _ connection: MySQLConnection
    ) throws(MySQLError) -> [Delivery?] {
        var loaded = try load(ids, connection)
        let due = Set(loaded.compactMap { $0.flatMap { $0.isDue ? $0.id : nil } }).sorted()
        if due.isEmpty { return loaded }
        var taken = try connection.transaction { () throws(MySQLError) -> Set<String> in
            let padded = BatchSize.padded(due).map { MySQLValue.text($0) }
            let found = try connection.query(DeliveryStatements.lockDue(padded.count), padded).map { $0.text("id") }
            if found.isEmpty { return [] }
            let ids = BatchSize.padded(found).map { MySQLValue.text($0) }
            try connection.update(DeliveryStatements.take(ids.count), ids)
            return Set(found)
        }
        for index in loaded.indices {
            // One of those that ask for the same delivery may make its attempt.
            guard let id = loaded[index]?.id, taken.remove(id) != nil else { continue }
            loaded[index]?.isTaken = true
        }
        return loaded
    }

    /// Longer than an attempt takes; a delivery whose worker died is due again after it.
    static let attemptMax = Duration.seconds(30)

    /// The time until the next attempt when this row was read; negative if it is overdue, nil if there is none.
    var wait: Duration? { nextAttemptAt.map { .milliseconds($0.unixMs - readAt.unixMs) } }

    private var isDue: Bool {
        isPending && isWebhookActive && !isWebhookDeleted && (firstPending == nil || firstPending == id)
            && wait.map { $0 <= .zero } == true
    }

    /// Loads a group of deliveries.
    /// - Returns: the deliveries in the order of the ids; nil for an id without a row.
    static func load(_ ids: [String], _ connection: MySQLConnection) throws(MySQLError) -> [Delivery?] {
        let padded = BatchSize.padded(ids)
        let rows = try connection.query(DeliveryStatements.load(padded.count), padded.map { .text($0) })
        let found = Dictionary(rows.map { ($0.text("id"), Delivery($0)) }) { first, _ in first }
        return ids.map { found[$0] }
    }
}
