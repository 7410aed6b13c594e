/// The HTTP server of one loop: it accepts connections, limits their number and time, and drains them at shutdown.
package final class HTTPServer: EventHandler {
    package let loop: EventLoop
    package let limits: HTTPLimits
    let responder: any HTTPResponder
    let spoolDirectory: String
    private let listener: SharedListener
    private let statistics: HTTPStatistics
    private let signal = LoopSignal()
    private var encoder: HTTPResponseEncoder
    private var connections: [Int32: HTTPConnection] = [:]
    private var isListening = false
    private(set) var isDraining = false
    /// The time of the last sweep; precise enough for time-outs, without a system call.
    private(set) var now = ContinuousClock.now
    private var scratch = [UInt8](repeating: 0, count: 65_536)

    package init(
        loop: EventLoop, listener: SharedListener, responder: any HTTPResponder, limits: HTTPLimits,
        defaultFields: [(StaticString, StaticString)], statistics: HTTPStatistics, spoolDirectory: String
    ) {
        self.loop = loop
        self.listener = listener
        self.responder = responder
        self.limits = limits
        self.statistics = statistics
        self.spoolDirectory = spoolDirectory
        encoder = HTTPResponseEncoder(defaultFields: defaultFields)
    }

    var isUnderPressure: Bool {
        statistics.connections.value * 10 >= limits.connectionsMax * 9
    }

    // MARK: Life

    /// Serves until `drain` has been called and the last connection has ended; calls `onListening` when it accepts.
    /// - Throws: the `errno` of epoll_ctl if the listening socket cannot be watched.
    package func run(onListening: () -> Void = {}) async throws(SystemError) {
        loop.assertIsCurrent()
        try listen()
        onListening()
        sweep()
        await withDiscardingTaskGroup { group in
            while !isDraining {
                var accepted = 0
                while hasRoom, accepted < Self.acceptsPerWakeMax, let (descriptor, peer) = acceptOne() {
                    accepted += 1
                    begin(descriptor, peer, in: &group)
                }
                if accepted > 0 { requeue() }
                await signal.wait()
            }
            // Connections that were established before the drain are served, too; those of an inherited socket by its next
            // owner.
            while !listener.handle.isInherited, hasRoom, let (descriptor, peer) = acceptOne() {
                begin(descriptor, peer, in: &group)
            }
            listener.close()
        }
    }

    /// A small number, so that several loops share new connections.
    private static let acceptsPerWakeMax = 8

    private var hasRoom: Bool { statistics.connections.value < limits.connectionsMax }

    private func begin(_ descriptor: Int32, _ peer: SocketAddress, in group: inout DiscardingTaskGroup) {
        let connection = HTTPConnection(SocketHandle(FileDescriptor(open: descriptor)), peer: peer, server: self)
        guard start(connection) else { return }
        let bound = LoopBound(connection, on: loop)
        let server = LoopBound(self, on: loop)
        group.addTask(executorPreference: loop) {
            await bound.value.run()
            server.value.end(bound.value)
        }
    }

    /// Stops accepting.
    ///
    /// Idle connections end soon: a request that is on its way is answered. The others end after their current response.
    package func drain() {
        loop.assertIsCurrent()
        isDraining = true
        pause()
        for connection in connections.values { connection.drain() }
        signal.notify()
    }

    /// Ends every connection, answered or not, when the drain deadline has passed.
    package func abort() {
        loop.assertIsCurrent()
        for connection in connections.values { connection.abort() }
    }

    // MARK: Accepting

    package func ready(_ interest: Interest) {
        signal.notify()
    }

    private func listen() throws(SystemError) {
        guard !isListening, !isDraining else { return }
        try loop.watch(listener.handle.descriptor.number, for: [.read, .exclusive], self)
        isListening = true
    }

    private func pause() {
        guard isListening else { return }
        loop.forget(listener.handle.descriptor.number)
        isListening = false
    }

    /// Moves this loop to the end of the kernel's queue of watchers, so that the next connections wake another loop.
    ///
    /// Source: epoll_ctl(2), EPOLLEXCLUSIVE; the first watcher in the queue is woken, a new watch goes to its end.
    private func requeue() {
        guard isListening, !isDraining else { return }
        pause()
        resume()
    }

    /// Accepts one connection; returns the number of its descriptor, which the caller owns, and its peer.
    ///
    /// A plain number, because a loop's condition cannot bind a move-only value.
    private func acceptOne() -> (Int32, SocketAddress)? {
        switch listener.handle.accept() {
        case .connection(let descriptor, let peer): return (descriptor.release(), peer)
        case .none: return nil
        case .exhausted:
            // Otherwise the socket would be reported as ready again and again; the next sweep retries.
            pause()
            return nil
        }
    }

    private func start(_ connection: HTTPConnection) -> Bool {
        do throws(SystemError) {
            try loop.watch(connection.descriptor, for: [.read, .write, .peerClosed, .edge], connection)
        } catch {
            return false
        }
        connections[connection.descriptor] = connection
        statistics.connections.add(1)
        if !hasRoom { pause() }
        return true
    }

    private func end(_ connection: HTTPConnection) {
        loop.forget(connection.descriptor)
        connections[connection.descriptor] = nil
        statistics.connections.add(-1)
        if !isListening, !isDraining, hasRoom { resume() }
    }

    private func resume() {
        do throws(SystemError) {
            try listen()
            signal.notify()
        } catch {
            // The next sweep retries.
            isListening = false
        }
    }

    /// Expires connections whose deadline has passed.
    ///
    /// Four times per second is precise enough for time-outs of seconds, and adds no cost per request.
    private func sweep() {
        now = .now
        for connection in connections.values where connection.deadline <= now { connection.expire() }
        if isUnderPressure {
            for connection in connections.values
            where connection.phase == .idle && connection.phaseSince + limits.idleTimeoutUnderPressure <= now {
                connection.expire()
            }
        }
        if !isDraining, hasRoom { isListening ? signal.notify() : resume() }
        if isDraining, connections.isEmpty { return }
        loop.schedule(after: .milliseconds(250)) { self.sweep() }
    }

    // MARK: Shared by the loop's connections

    enum ReadResult {
        /// Bytes, and whether the socket has no more at present.
        case bytes(ArraySlice<UInt8>, isDrained: Bool)
        case wouldBlock
        case ended
    }

    func read(_ socket: borrowing SocketHandle) -> ReadResult {
        switch socket.read(into: &scratch) {
        case .bytes(let count): .bytes(scratch[..<count], isDrained: count < scratch.count)
        case .wouldBlock: .wouldBlock
        case .ended: .ended
        }
    }

    var spoolBytes: Gauge { statistics.spoolBytes }

    func encode(
        _ response: HTTPResponse, withoutBody: Bool, keepsAlive: Bool, minorVersion: Int, into output: inout ByteWriter
    ) {
        statistics.count(response.status)
        encoder.encode(
            response, withoutBody: withoutBody, keepsAlive: keepsAlive, minorVersion: minorVersion, into: &output)
    }
}
