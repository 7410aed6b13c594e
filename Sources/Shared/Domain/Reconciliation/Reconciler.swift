package import Platform

/// Makes Redis agree with MariaDB: enqueues sessions and deliveries that Redis has lost, and repairs holds and balances.
///
/// Every step may be repeated, and may run beside admissions and workers. A trial changes nothing.
package final class Reconciler {
    static let pageRows = 1_024
    /// Accounts after which the pass asks whether it may go on.
    private static let accountsUntilCheck = 32
    private let redis: RedisStore
    private let mysql: MySQLPool
    private let isTrial: Bool
    /// Asked before each page; false ends the pass.
    private let mayContinue: () async -> Bool
    private var found = Reconciliation()
    /// Lanes that have taken no more deliveries in this pass.
    private var fullLanes: Set<String> = []

    package init(
        redis: RedisStore, mysql: MySQLPool, isTrial: Bool = false,
        mayContinue: @escaping () async -> Bool = { true }
    ) {
        self.redis = redis
        self.mysql = mysql
        self.isTrial = isTrial
        self.mayContinue = mayContinue
    }

    /// Runs a pass over open sessions and due deliveries, and over the accounts if `withAccounts`.
    package func run(withAccounts: Bool) async -> Result<Reconciliation, ReconciliationFailure> {
        found = Reconciliation()
        do throws(ReconciliationFailure) {
            // Charged sessions first: their owners wait for longer, and have paid.
            for status in [SessionStatus.processing, .queued] { try await sessions(status) }
            try await deliveries()
            if withAccounts { try await accounts() }
        } catch {
            return .failure(error)
        }
        return .success(found)
    }

    // MARK: Sessions

    private func sessions(_ status: SessionStatus) async throws(ReconciliationFailure) {
        var after = ""
        while true {
            let parameters: MySQLParameters = ["status": .text(status.rawValue), "after": .text(after)]
            let rows = try await page(ReconcilerStatements.openSessions, parameters)
            found.sessionsChecked += rows.count
            let lost = try await missing(rows, .sessions).flatMap(\.ids).compactMap { SessionID($0) }
            // Read again: a session that has ended since is neither open nor lost.
            let stored = try await ask { connection throws(MySQLError) in try StoredTryOn.read(lost, connection) }
            let jobs = stored.filter { !$0.status.isTerminal }.map(Self.lost)
            found.sessionsRestored += try await restore(jobs, .sessions)
            guard let last = rows.last, rows.count == Self.pageRows else { return }
            after = last.text("id")
        }
    }

    private static func lost(_ stored: StoredTryOn) -> RestoreJobsScript.Lost {
        RestoreJobsScript.Lost(
            job: Job(
                id: stored.id.description, lane: stored.job.organizationID.description, weight: stored.job.weight,
                payload: [stored.job.json.bytes, Array(stored.photoID.description.utf8)]),
            organizationID: stored.job.organizationID,
            holdCredits: stored.status == .queued ? stored.job.costCredits : nil)
    }

    // MARK: Deliveries

    private func deliveries() async throws(ReconciliationFailure) {
        fullLanes = []
        var (from, after) = (Timestamp(unixMs: 0), "")
        let bound = try await page(ReconcilerStatements.until, [:])
        let until = bound.first?.time("until") ?? from
        while true {
            let parameters: MySQLParameters = ["from": .time(from), "until": .time(until), "after": .text(after)]
            let rows = try await page(ReconcilerStatements.dueDeliveries, parameters)
            found.deliveriesChecked += rows.count
            // An endpoint that is full must not delay the others.
            let wanted = rows.filter { !fullLanes.contains($0.text("webhook_id")) }
            let missing = Set(try await missing(wanted, .webhooks).flatMap(\.ids))
            let lost = wanted.filter { missing.contains($0.text("id")) }.map { row in
                RestoreJobsScript.Lost(
                    job: Job(id: row.text("id"), lane: row.text("webhook_id"), weight: 1, payload: [[]]),
                    organizationID: row.id("organization_id"), waitMs: row.integer("wait_ms"),
                    laneLimit: WebhookLimits(row).text)
            }
            found.deliveriesRestored += try await restore(lost, .webhooks, isBounded: true)
            guard let last = rows.last, rows.count == Self.pageRows else { return }
            (from, after) = (last.time("next_attempt_at"), last.text("id"))
        }
    }

    // MARK: Jobs

    private func missing(
        _ rows: [MySQLRow], _ queue: QueueName
    ) async throws(ReconciliationFailure) -> [(shard: Int, ids: [String])] {
        let shards = Dictionary(grouping: rows) { redis.keys.shard(of: $0.id("organization_id")) }
        var missing: [(shard: Int, ids: [String])] = []
        for (shard, rows) in shards {
            let script = MissingJobsScript(queue: queue, shard: shard, ids: rows.map { $0.text("id") })
            do throws(RedisError) {
                missing.append((shard, try await script.run(redis)))
            } catch {
                throw .redis(error)
            }
        }
        return missing
    }

    /// Enqueues jobs, in their order.
    /// - Returns: how many Redis did not know; in a trial, all.
    private func restore(
        _ lost: [RestoreJobsScript.Lost], _ queue: QueueName, isBounded: Bool = false
    ) async throws(ReconciliationFailure) -> Int {
        if isTrial { return lost.count }
        var count = 0
        for (shard, jobs) in Dictionary(grouping: lost, by: { redis.keys.shard(of: $0.organizationID) }) {
            for start in stride(from: 0, to: jobs.count, by: RestoreJobsScript.jobsMax) {
                let some = jobs[start..<min(start + RestoreJobsScript.jobsMax, jobs.count)]
                do throws(RedisError) {
                    let reply = try await RestoreJobsScript(
                        place: QueuePlace(queue, shard: shard), lost: some, isBounded: isBounded
                    ).run(redis)
                    count += reply.restored
                    fullLanes.formUnion(reply.fullLanes)
                } catch {
                    throw .redis(error)
                }
            }
        }
        return count
    }

    // MARK: Accounts

    private func accounts() async throws(ReconciliationFailure) {
        let repair = AccountRepair(redis: redis, mysql: mysql, isTrial: isTrial)
        var after = ""
        while true {
            let rows = try await page(ReconcilerStatements.accounts, ["after": .text(after)])
            for row in rows {
                found.accountsChecked += 1
                if found.accountsChecked % Self.accountsUntilCheck == 0 {
                    guard await mayContinue() else { throw .stopped }
                }
                try await repair.run(Account(row), &found)
            }
            guard let last = rows.last, rows.count == Self.pageRows else { return }
            after = last.text("id")
        }
    }

    // MARK: MariaDB

    private func page(
        _ statement: String, _ parameters: MySQLParameters
    ) async throws(ReconciliationFailure) -> [MySQLRow] {
        guard await mayContinue() else { throw .stopped }
        return try await ask { connection throws(MySQLError) in try connection.query(statement, parameters) }
    }

    private func ask<Value: Sendable>(
        _ work: @escaping @Sendable (MySQLConnection) throws(MySQLError) -> Value
    ) async throws(ReconciliationFailure) -> Value {
        switch await mysql.attempt(work) {
        case .success(let value): return value
        case .failure(let error): throw .mysql(error)
        }
    }
}
