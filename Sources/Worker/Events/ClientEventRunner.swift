internal import Domain
internal import Platform

/// Writes claimed events of clients to MariaDB, and enqueues their deliveries.
final class ClientEventRunner {
    private let loop: EventLoop
    private let queue: QueueConsumer
    private let mysql: MySQLPool
    private let telemetry: WorkerTelemetry
    private let logger: Logger
    private let writes: GroupCommit<ClaimedEvent, [PendingDelivery]>
    private let ends: ScriptBatch<ClientEventEndScript.Ended, Bool>
    private let parser = JSONParserHandle(bytesMax: 1 << 20)

    init(
        loop: EventLoop, queue: QueueConsumer, mysql: MySQLPool, telemetry: WorkerTelemetry, logger: Logger,
        clock: any WallClock
    ) {
        self.loop = loop
        self.queue = queue
        self.mysql = mysql
        self.telemetry = telemetry
        self.logger = logger
        // One group at a time: the events of an organisation are written in their order.
        writes = GroupCommit(loop: loop, mysql: mysql, groupsMax: 1) { events, connection throws(MySQLError) in
            try ClientEventTransaction(events, at: clock.now()).run(connection)
        }
        ends = ScriptBatch(loop: loop, cost: { 1 + $0.deliveries.count }) { place, ended throws(RedisError) in
            try await ClientEventEndScript(boot: queue.boot, place: place, ended: ended).run(queue.redis)
        }
    }

    /// Writes an event; when it returns, this process no longer holds it.
    func run(_ claim: Claim) async {
        guard let event = read(claim) else { return await giveUp(claim, "the event cannot be read") }
        switch await writes.run(event) {
        case .success(let deliveries):
            telemetry.eventsWritten.add(1)
            await end(ClientEventEndScript.Ended(claim: claim, deliveries: deliveries))
        case .failure(let error) where error.isDataFault:
            logger.error("an event cannot be written", .text("event", claim.id), .error(error))
            await giveUp(claim, "the event cannot be written")
        case .failure(let error):
            logger.warning("an event waits for the database", .text("event", claim.id), .error(error))
            await loop.retryUntilConfirmed("release", logger) { () async throws(QueueError) in
                try await queue.release(claim, delay: .seconds(1), countsAttempt: false)
            }
        }
    }

    /// Whether an event is not written yet; true if MariaDB does not say.
    func isOpen(_ claim: Claim) async -> Bool {
        guard let id = EventID(claim.id) else { return false }
        let found = await mysql.attempt { connection throws(MySQLError) in
            try connection.query(ClientEventStatements.stored(1), [.id(id)]).isEmpty
        }
        if case .success(let isOpen) = found { return isOpen }
        return true
    }

    private func read(_ claim: Claim) -> ClaimedEvent? {
        guard let id = EventID(claim.id), let organization = OrganizationID(claim.job.lane),
            let body = claim.job.payload.first, let event = ClientEvent(body, parser)
        else { return nil }
        return ClaimedEvent(claim: claim, id: id, organizationID: organization, event: event)
    }

    private func giveUp(_ claim: Claim, _ reason: String) async {
        logger.error("an event was added to the dead letters", .text("event", claim.id), .text("reason", reason))
        telemetry.deadLetters.add(1)
        await loop.retryUntilConfirmed("dead letter", logger) { () async throws(QueueError) in
            try await queue.addToDeadLetters(claim, reason: reason)
        }
        await end(ClientEventEndScript.Ended(claim: claim, deliveries: []))
    }

    private func end(_ ended: ClientEventEndScript.Ended) async {
        await loop.retryUntilConfirmed("end of an event", logger) { () async throws(QueueError) in
            do throws(RedisError) {
                return try await ends.run(ended, at: ended.claim.place)
            } catch {
                throw .redis(error)
            }
        }
    }
}
