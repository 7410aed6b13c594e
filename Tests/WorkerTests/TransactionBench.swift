import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// One accepted session that several workers hold, and connections on which their transactions overlap.
struct TransactionBench {
    let bench: HandlerBench
    /// Its transactions wait for locks longer than those of a worker.
    let pool: MySQLPool
    /// A connection whose transaction blocks the others; used from the test's loop.
    let blocker: MySQLConnection
    let id: SessionID
    /// Transactions that were run again with a look at the rows.
    let repeated = Counter()
    private let claim: Claim

    private static let now = SystemClock().now()

    /// Runs `body` with one session of two items, of one credit each.
    static func run(_ body: @escaping @Sendable (LoopBound<TransactionBench>) async throws -> Void) async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let garment = try bench.tenant.addCatalogue().garment
            let id = try #require(SessionID(try bench.tenant.tryOn([garment, garment]).string("id")))
            let claim = try #require(try await bench.claim(.sessions).first)
            let database = try #require(MySQLEndpoint(bench.stack.databaseURL))
            let pool = MySQLPool(endpoint: database, threadsMax: 4, lockWaitSeconds: 30, logger: bench.logger)
            let tests = TransactionBench(
                bench: bench, pool: pool, blocker: MySQLConnection(database), id: id, claim: claim)
            do {
                try await body(LoopBound(tests, on: bench.loop))
            } catch {
                tests.close()
                throw error
            }
            tests.close()
        }
    }

    private func close() {
        blocker.close()
        pool.close()
    }

    /// The session as the claim of a worker.
    func session(of owner: String) throws -> ClaimedTryOn {
        let read = TryOnJob(claim.job.payload[0], JSONParserHandle(bytesMax: 1 << 20))
        let job = try #require(read)
        let photo = try #require(PhotoID(String(decoding: claim.job.payload[1], as: UTF8.self)))
        return ClaimedTryOn(
            claim: claim, id: id, job: job, photoID: photo, owner: owner, isCancelRequested: false,
            forcedEnd: nil)
    }

    /// Sessions of the same request, as claims of one worker; the first is the session itself.
    func sessions(_ count: Int, of owner: String, idempotencyKey: String? = nil) throws -> [ClaimedTryOn] {
        let session = try session(of: owner)
        let job = session.job
        return (0..<count).map { number in
            ClaimedTryOn(
                claim: session.claim, id: SessionID(value: session.id.value &+ UInt128(number) << 64),
                job: TryOnJob(
                    organizationID: job.organizationID, environment: job.environment, keyID: job.keyID,
                    customerID: job.customerID, cartID: job.cartID, quality: job.quality, items: job.items,
                    metadata: job.metadata, requestID: job.requestID, traceparent: nil, idempotencyHash: idempotencyKey,
                    fingerprint: idempotencyKey), photoID: session.photoID, owner: owner, isCancelRequested: false,
                forcedEnd: nil)
        }
    }

    /// Charges a group of claims in one transaction.
    func charge(_ sessions: [ClaimedTryOn]) async throws -> [ChargeTransaction.Outcome] {
        let transaction = ChargeTransaction(
            sessions: sessions, now: SystemClock().now(), links: bench.links, repeated: repeated)
        return try await pool.attempt { connection throws(MySQLError) in try transaction.run(connection) }.get()
    }

    /// The charging transaction of a worker.
    func charge(as owner: String) throws -> @Sendable () async -> Result<[ChargeTransaction.Outcome], MySQLError> {
        let transaction = ChargeTransaction(
            sessions: [try session(of: owner)], now: Self.now, links: bench.links, repeated: repeated)
        return { [pool] in await pool.attempt { connection throws(MySQLError) in try transaction.run(connection) } }
    }

    /// The completing transaction of a worker; of its two items the second has no picture if `isPartial`.
    func complete(
        as owner: String, _ items: [ItemWork], isPartial: Bool = false
    ) throws -> @Sendable () async -> Result<[CompletionTransaction.Outcome], MySQLError> {
        try complete(as: [owner], items, isPartial: isPartial)
    }

    /// One completing transaction of several claims of the session.
    func complete(
        as owners: [String], _ items: [ItemWork], isPartial: Bool = false
    ) throws -> @Sendable () async -> Result<[CompletionTransaction.Outcome], MySQLError> {
        completion(of: try owners.map { rendered(try session(of: $0), items, isPartial: isPartial) })
    }

    /// One completing transaction of a group.
    func completion(
        of rendered: [RenderedTryOn]
    ) -> @Sendable () async -> Result<[CompletionTransaction.Outcome], MySQLError> {
        let transaction = CompletionTransaction(
            sessions: rendered, now: Self.now, links: bench.links, repeated: repeated)
        return { [pool] in await pool.attempt { connection throws(MySQLError) in try transaction.run(connection) } }
    }

    /// A session with its results; its owner is the name of the renderer.
    func rendered(_ session: ClaimedTryOn, _ items: [ItemWork], isPartial: Bool = false) -> RenderedTryOn {
        let owner = session.owner
        let results = items.map { work in
            isPartial && work.position > 0
                ? ItemResult(work: work, outcome: .failed(ItemFailure(code: "render_failed", message: owner)))
                : ItemResult(work: work, outcome: .completed(ItemResult.Picture(hasFile: true, renderer: owner)))
        }
        return RenderedTryOn(session: session, startedAt: Self.now, results: results)
    }

    /// Begins a transaction that runs a statement, and keeps its locks until `commit`.
    func block(_ statement: String) throws {
        try blocker.run("SET SESSION idle_transaction_timeout = 60")
        try blocker.run("START TRANSACTION")
        try blocker.query(statement)
    }

    func commit() throws { try blocker.run("COMMIT") }

    /// Waits until this many transactions of the schema wait for a lock, or until `isOver`.
    func poll(waiting count: Int, or isOver: () -> Bool = { false }) async throws {
        try await TestKit.poll("\(count) transactions that wait for a lock") {
            // InnoDB renews this table only if nobody has read it for 100 ms.
            try await Task.sleep(for: .milliseconds(110))
            return isOver() || waiting == count
        }
    }

    private var waiting: Int {
        Int(
            bench.stack.sql(
                """
                SELECT COUNT(*) FROM information_schema.innodb_trx t
                JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
                WHERE p.db = DATABASE() AND t.trx_state = 'LOCK WAIT'
                """)) ?? 0
    }

    /// Expects one charge of two credits, and nothing else but what was granted.
    func expectOneCharge(refunds: Int = 0) {
        #expect(bench.stack.sql("SELECT amount FROM credit_ledger WHERE kind = 'charge'") == "-2")
        #expect(bench.stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'refund'") == "\(refunds)")
        bench.stack.expectAccountsToBalance()
    }
}

extension Result where Success == [ChargeTransaction.Outcome], Failure == MySQLError {
    /// The items that the worker has to render; nil if there are none.
    var items: [ItemWork]? {
        guard case .success(let outcomes) = self, case .render(let work)? = outcomes.first else { return nil }
        return work.items
    }
}

extension Result where Success == [CompletionTransaction.Outcome], Failure == MySQLError {
    /// Whether all are.
    var isFenced: Bool {
        guard case .success(let outcomes) = self, !outcomes.isEmpty else { return false }
        return outcomes.allSatisfy { if case .fenced = $0 { true } else { false } }
    }

    var isCompleted: Bool {
        guard case .success(let outcomes) = self, case .completed? = outcomes.first else { return false }
        return true
    }
}
