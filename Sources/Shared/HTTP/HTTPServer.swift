/// One loop's share of a listener: it accepts connections, bounds them in number and time, and drains them at the end.
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
    /// The time of the last sweep, precise enough for time-outs and free to read.
    private(set) var now = ContinuousClock.now
    private var scratch = [UInt8](repeating: 0, count: 65_536)

    package init(
        loop: EventLoop, listener: SharedListener, responder: any HTTPResponder, limits: HTTPLimits,
        standingFields: [(StaticString, StaticString)], statistics: HTTPStatistics, spoolDirectory: String
    ) {
        self.loop = loop
        self.listener = listener
        self.responder = responder
        self.limits = limits
        self.statistics = statistics
        self.spoolDirectory = spoolDirectory
        encoder = HTTPResponseEncoder(standingFields: standingFields)
    }

    var isUnderPressure: Bool {
        connections.count * 10 >= limits.connectionsMax * 9
    }

    // MARK: Life

    /// Serves until `drain` has been called and the last connection has ended.
    /// - Throws: where the listening socket cannot be watched.
    package func run() async throws(SystemError) {
        loop.assertIsCurrent()
        try listen()
        sweep()
        await withDiscardingTaskGroup { group in
            while !isDraining {
                while connections.count < limits.connectionsMax, let (descriptor, peer) = acceptOne() {
                    let connection = HTTPConnection(
                        SocketHandle(FileDescriptor(open: descriptor)), peer: peer, server: self)
                    guard start(connection) else { continue }
                    let bound = LoopBound(connection, on: loop)
                    let server = LoopBound(self, on: loop)
                    group.addTask(executorPreference: loop) {
                        await bound.value.run()
                        server.value.end(bound.value)
                    }
                }
                await signal.wait()
            }
        }
    }

    /// Stops accepting.
    ///
    /// Idle connections end now, the others behind their next answer.
    package func drain() {
        loop.assertIsCurrent()
        isDraining = true
        pause()
        for connection in connections.values { connection.drain() }
        signal.ring()
    }

    /// Ends every connection, answered or not: the drain's deadline has passed.
    package func abort() {
        loop.assertIsCurrent()
        for connection in connections.values { connection.expire() }
    }

    // MARK: Accepting

    package func ready(_ interest: Interest) {
        signal.ring()
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

    /// Copyable what a move-only result cannot be in a loop's condition: the descriptor's number and its peer.
    private func acceptOne() -> (Int32, SocketAddress)? {
        switch listener.handle.accept() {
        case .connection(let descriptor, let peer): return (descriptor.release(), peer)
        case .none: return nil
        case .exhausted:
            // The socket would be reported ready without end; the next sweep tries again.
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
        if connections.count >= limits.connectionsMax { pause() }
        return true
    }

    private func end(_ connection: HTTPConnection) {
        loop.forget(connection.descriptor)
        connections[connection.descriptor] = nil
        statistics.connections.add(-1)
        if !isListening, connections.count < limits.connectionsMax { resume() }
    }

    private func resume() {
        do throws(SystemError) {
            try listen()
            signal.ring()
        } catch {
            // The next sweep tries again.
            isListening = false
        }
    }

    /// Ends what has waited too long.
    ///
    /// Four times a second is precise enough for time-outs of seconds, and costs nothing a request.
    private func sweep() {
        now = .now
        for connection in connections.values where connection.deadline <= now { connection.expire() }
        if isUnderPressure {
            for connection in connections.values where connection.phase == .idle {
                if connection.deadline - limits.idleTimeout + limits.idleTimeoutUnderPressure <= now {
                    connection.expire()
                }
            }
        }
        if !isListening, !isDraining, connections.count < limits.connectionsMax { resume() }
        if isDraining, connections.isEmpty { return }
        loop.schedule(after: .milliseconds(250)) { self.sweep() }
    }

    // MARK: Shared by the loop's connections

    enum ReadResult {
        /// Bytes, and whether the socket has no more for now.
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

    func encode(
        _ response: HTTPResponse, withoutBody: Bool, keepsAlive: Bool, minorVersion: Int, into output: inout [UInt8]
    ) {
        statistics.count(response.status)
        encoder.encode(
            response, withoutBody: withoutBody, keepsAlive: keepsAlive, minorVersion: minorVersion, into: &output)
    }
}
