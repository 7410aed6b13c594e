internal import Domain
internal import Platform

/// Runs the reconciler periodically, in one worker of the fleet at a time.
final class ReconcilerService {
    /// The time between two passes.
    private static let pause = Duration.seconds(20)
    /// The time until a pass begins after Redis was not reachable.
    private static let retryPause = Duration.seconds(1)
    private static let leaseDuration = Duration.seconds(60)
    /// During a pass the lease is renewed after this time.
    private static let renewalPause = Duration.seconds(15)
    /// The depth of the queues is read once in this many passes.
    private static let passesUntilDepths = 5
    /// Accounts are looked at once in this many passes.
    private static let passesUntilAccounts = 15
    private let loop: EventLoop
    private let redis: RedisStore
    private let boot: String
    private let telemetry: ReconcilerTelemetry
    private let queues: QueueTelemetry
    private let pendingLimit: PendingDeliveryLimit
    private let clock: any WallClock
    private let logger: Logger
    private var reconciler: Reconciler?
    private let signal = LoopSignal()
    private var isStopped = false
    private var passes = 0
    private var leaseTakenAt: ContinuousClock.Instant?

    init(
        loop: EventLoop, redis: RedisStore, mysql: MySQLPool, boot: String, telemetry: ReconcilerTelemetry,
        queues: QueueTelemetry, webhookPendingMax: Int, logger: Logger, clock: any WallClock
    ) {
        pendingLimit = PendingDeliveryLimit(
            mysql: mysql, redis: redis, endpointMax: webhookPendingMax, full: queues.fullWebhooks, clock: clock,
            logger: logger)
        self.queues = queues
        self.clock = clock
        self.loop = loop
        self.redis = redis
        self.boot = boot
        self.telemetry = telemetry
        self.logger = logger
        reconciler = Reconciler(redis: redis, mysql: mysql) { [weak self] in
            guard let self, !isStopped else { return false }
            return await renewLease()
        }
    }

    func stop() {
        isStopped = true
        signal.notify()
    }

    /// Reconciles until `stop`.
    func run() async {
        while !isStopped {
            if redis.isReady { await pass() }
            if isStopped { return }
            let pause = redis.isReady ? Self.pause : Self.retryPause
            let timer = loop.schedule(after: pause) { [weak self] in self?.signal.notify() }
            await signal.wait()
            loop.cancel(timer)
        }
    }

    /// Runs a pass, unless another process does.
    func pass() async {
        guard let reconciler, await takeLease() else {
            queues.fullWebhooks.set(0)
            return queues.set([], at: clock.now())
        }
        if passes % Self.passesUntilDepths == 0 { await readDepths() }
        await pendingLimit.run()
        let started = loop.now
        let withAccounts = passes % Self.passesUntilAccounts == 0
        switch await reconciler.run(withAccounts: withAccounts) {
        case .failure(.stopped): return
        case .failure(let failure): logger.warning("reconciling was interrupted", .text("reason", "\(failure)"))
        case .success(let found):
            passes += 1
            if withAccounts { queues.set(heldCredits: found.heldCredits, lowAccounts: found.lowAccounts) }
            telemetry.note(found, seconds: (loop.now - started).inSeconds)
            if found.repairs > 0 {
                logger.warning(
                    "Redis was reconciled with MariaDB", .number("sessions", found.sessionsRestored),
                    .number("deliveries", found.deliveriesRestored), .number("holds", found.holdsReleased),
                    .number("totals", found.heldCorrected), .number("balances", found.balancesCorrected))
            }
        }
    }

    /// Reads how much waits in every queue of every shard.
    private func readDepths() async {
        do throws(RedisError) {
            queues.set(try await QueueDepth.readAll(redis), at: clock.now())
        } catch {
            logger.debug("the depth of the queues was not read", .error(error))
        }
    }

    private func takeLease() async -> Bool {
        let lease = LeaseScript(redis.keys.reconcilerLease, holder: boot, duration: Self.leaseDuration)
        let asked = loop.now
        leaseTakenAt = nil
        do throws(RedisError) {
            guard try await lease.run(redis) else { return false }
        } catch {
            return false
        }
        leaseTakenAt = asked
        return true
    }

    /// Takes the lease again, unless that was done shortly before.
    private func renewLease() async -> Bool {
        if let leaseTakenAt, loop.now - leaseTakenAt < Self.renewalPause { return true }
        return await takeLease()
    }
}
