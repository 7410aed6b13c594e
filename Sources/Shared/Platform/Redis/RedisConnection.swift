/// One connection of a loop to Redis.
///
/// It reconnects until it is closed; while it is not connected, commands fail at once.
///
/// The commands of one turn of the loop are written together at the end of the turn.
package final class RedisConnection: EventHandler {
    private let loop: EventLoop
    private let endpoint: RedisEndpoint
    private let resolver: HostResolver
    private let timeout: Duration
    private let scripts: [RedisScript]
    private let logger: Logger
    private let statistics: RedisStatistics
    private var handle: RedisHandle?
    private var watched: Int32?
    private var watchedFor: Interest = []
    private var pending = RedisReplyQueue()
    private var backoff = Backoff()
    private var isFlushing = false
    private var isClosed = false
    private var isSubscribed = false
    /// Incremented when a connection is lost, so that late results of the old connection do not affect a new one.
    private var generation = 0
    private var connectDeadline: ContinuousClock.Instant?
    private var isRetrying = false
    private var partialUntil: ContinuousClock.Instant?
    private var nextAddress = 0
    /// Whether the connection is established, authenticated and set up.
    package private(set) var isReady = false
    /// Called each time the connection becomes ready, before anything else is sent.
    package var onReady: (() -> Void)?
    package var onMessage: ((RedisReply) -> Void)?
    /// Messages of the current read; they are delivered after it, because `onMessage` may close this connection.
    private var messages: [RedisReply] = []

    package init(
        loop: EventLoop, endpoint: RedisEndpoint, resolver: HostResolver, timeout: Duration, scripts: [RedisScript],
        logger: Logger, statistics: RedisStatistics
    ) {
        self.loop = loop
        self.endpoint = endpoint
        self.resolver = resolver
        self.timeout = timeout
        self.scripts = scripts
        self.logger = logger
        self.statistics = statistics
    }

    // MARK: Commands

    /// Sends a command and waits for its reply.
    /// - Throws: `unavailable` if nothing was sent, `outcomeUnknown` if the reply was lost, `refused` for an error.
    package func send(_ command: consuming RedisCommand) async throws(RedisError) -> RedisReply {
        guard isReady, let pending = enqueue(command) else { throw .unavailable }
        return try await pending.wait().get()
    }

    /// Runs a script with EVALSHA, or with EVAL if Redis replies NOSCRIPT.
    ///
    /// `keysAndArguments` appends `keyCount` keys, and then the arguments; it may be called twice.
    package func run(
        _ script: RedisScript, keyCount: Int, _ keysAndArguments: (inout RedisCommand) -> Void
    ) async throws(RedisError) -> RedisReply {
        do throws(RedisError) {
            return try await send(script.call(keyCount: keyCount, keysAndArguments))
        } catch .refused(let fault) where fault.code == "NOSCRIPT" {
            return try await send(script.call(byText: true, keyCount: keyCount, keysAndArguments))
        }
    }

    /// Subscribes to a channel; call it in `onReady`, because a new connection has no subscriptions.
    package func subscribe(_ channel: String) {
        isSubscribed = handle?.subscribe(channel) == true
    }

    private func enqueue(_ command: consuming RedisCommand) -> RedisPendingReply.Promise? {
        loop.assertIsCurrent()
        if hasStrayReply { failAfterStrayReply() }
        guard handle != nil else { return nil }
        let reply = RedisPendingReply(deadline: .now + timeout)
        guard handle?.send(command, reply.promise) == true else { return nil }
        statistics.commands.add(1)
        pending.append(reply)
        return reply.promise
    }

    // MARK: Life

    /// Connects, and reconnects until `close` is called.
    package func start() {
        loop.assertIsCurrent()
        sweep()
        connect()
    }

    /// Closes the connection; pending commands fail with `outcomeUnknown`.
    package func close() {
        isClosed = true
        lose()
    }

    /// Gives the connection up, and makes a new one.
    package func reconnect() {
        if handle != nil { fail() }
    }

    private func connect() {
        guard !isClosed else { return }
        switch endpoint.address {
        case .unixSocket: open(endpoint.address)
        case .tcp(let host, let port):
            let bound = LoopBound(self, on: loop)
            _ = Task(executorPreference: loop) { await bound.value.open(host, port) }
        }
    }

    private func open(_ host: String, _ port: Int) async {
        switch await resolver.resolve(host) {
        case .success(let addresses):
            // Another address is tried after each failure.
            nextAddress += 1
            open(.tcp(host: addresses[(nextAddress - 1) % addresses.count].description, port: port))
        case .failure(let error):
            logger.warning("the host of redis was not resolved", .text("reason", error.message))
            retry()
        }
    }

    private func open(_ address: RedisEndpoint.Address) {
        guard !isClosed, handle == nil else { return }
        let link = RedisLink(
            onWriteNeeded: { [weak self] in self?.flushAtTurnEnd() },
            onMessage: { [weak self] in self?.messages.append($0) })
        do throws(RedisError) {
            let handle = try RedisHandle(address, link: link)
            let descriptor = handle.descriptor
            self.handle = consume handle
            connectDeadline = .now + timeout
            try watch(descriptor)
        } catch {
            lose()
            retry()
        }
    }

    private func watch(_ descriptor: Int32) throws(RedisError) {
        let interest: Interest = [.read, .write]
        do throws(SystemError) { try loop.watch(descriptor, for: interest, self) } catch { throw .unavailable }
        (watched, watchedFor) = (descriptor, interest)
    }

    /// Authenticates, selects the database, sends PING, and loads the scripts.
    private func setUp() {
        let commands = endpoint.greeting
        let loads = scripts.map { ["SCRIPT", "LOAD", $0.text] }
        let replies = (commands + loads).compactMap { enqueue(RedisCommand($0)) }
        guard replies.count == commands.count + loads.count else { return fail() }
        let bound = LoopBound(
            (self, Array(replies.prefix(commands.count)), Array(replies.dropFirst(commands.count))), on: loop)
        let generation = self.generation
        _ = Task(executorPreference: loop) {
            let (connection, setUpReplies, loads) = bound.value
            await connection.finishSetUp(setUpReplies, loads, generation)
        }
    }

    private func finishSetUp(
        _ setUpReplies: [RedisPendingReply.Promise], _ loads: [RedisPendingReply.Promise], _ generation: Int
    ) async {
        for reply in setUpReplies + loads {
            let answer = await reply.wait()
            guard generation == self.generation else { return }
            guard case .failure(let error) = answer else { continue }
            if case .refused(let fault) = error {
                logger.warning("redis refused a command of the connection's start", .text("reply", fault.message))
                // A script that is not loaded is sent with EVAL when it is run.
                if loads.contains(where: { $0 === reply }) { continue }
            }
            return fail()
        }
        guard handle != nil else { return }
        isReady = true
        nextAddress = 0
        backoff.reset()
        logger.info("redis connected")
        onReady?()
    }

    private func fail() {
        lose()
        retry()
    }

    /// Releases the connection.
    ///
    /// The `deinit` of the handle fails the pending commands.
    private func lose() {
        if let watched {
            loop.forget(watched)
            self.watched = nil
        }
        if isReady, !isClosed { logger.warning("redis connection lost") }
        isReady = false
        isSubscribed = false
        connectDeadline = nil
        generation += 1
        let old = handle.take()
        _ = consume old
        pending.removeAll()
        partialUntil = nil
    }

    private func retry() {
        guard !isClosed, !isRetrying else { return }
        isRetrying = true
        statistics.reconnects.add(1)
        loop.schedule(after: backoff.next()) { [weak self] in
            self?.isRetrying = false
            self?.connect()
        }
    }

    // MARK: Events

    package func ready(_ interest: Interest) {
        if interest.contains(.read), hasStrayReply { return failAfterStrayReply() }
        if !interest.isDisjoint(with: [.write, .error]) { handle?.write() }
        if !interest.isDisjoint(with: [.read, .error]) { handle?.read() }
        settle()
        let received = messages
        messages = []
        for message in received { onMessage?(message) }
    }

    /// Whether bytes wait that no command has asked for; they would be taken for the reply to the next command.
    private var hasStrayReply: Bool { isReady && !isSubscribed && !pending.isWaiting && handle?.hasUnread == true }

    private func failAfterStrayReply() {
        logger.warning("redis sent a reply without a command")
        fail()
    }

    private func flushAtTurnEnd() {
        guard !isFlushing else { return }
        isFlushing = true
        loop.atTurnEnd { [self] in
            isFlushing = false
            guard let connected = handle?.link.connectResult, connected else { return }
            handle?.write()
            settle()
        }
    }

    /// Acts on the state that the last hiredis calls have set in the link.
    private func settle() {
        guard let link = handle?.link else { return }
        if link.isGone || link.connectResult == false { return fail() }
        if link.connectResult == true, !isReady, pending.isEmpty { setUp() }
        let wanted: Interest = link.needsWrite ? [.read, .write] : .read
        guard let watched, wanted != watchedFor else { return }
        do throws(SystemError) {
            try loop.change(watched, to: wanted)
            watchedFor = wanted
        } catch {
            fail()
        }
    }

    /// Whether a reply is late, and not on its way: of a long one a part may have come after a stall, and the rest has as
    /// much time again.
    private var isReplyTooLate: Bool {
        guard pending.isLate else {
            partialUntil = nil
            return false
        }
        guard handle?.isWithinReply == true else { return true }
        let end = partialUntil ?? .now + timeout
        partialUntil = end
        return end <= .now
    }

    /// Closes the connection if a reply or the connect is late; runs every 100 milliseconds.
    private func sweep() {
        guard !isClosed else { return }
        // After a stall of this loop the reply may lie in the socket: it is read before it is called late.
        while pending.isLate, handle?.hasUnread == true { ready(.read) }
        let isLate = isReplyTooLate
        pending.compact()
        if isLate || (!isReady && connectDeadline.map { $0 <= .now } ?? false) {
            statistics.timeouts.add(1)
            logger.warning("redis reply timed out")
            fail()
        }
        loop.schedule(after: .milliseconds(100)) { [weak self] in self?.sweep() }
    }
}
