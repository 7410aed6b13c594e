/// Writes responses to the socket, with back-pressure.
extension HTTPConnection {
    /// Writes all output; false if the peer is gone or does not read.
    func flush() async -> Bool {
        while true {
            switch writeOutput() {
            case .done: return true
            case .broken: return false
            case .blocked: guard await waitUntilWritable() else { return false }
            }
        }
    }

    enum OutputProgress {
        case done, blocked, broken
    }

    /// Writes as much of the output as the socket takes now; `done` for most responses.
    func writeOutput() -> OutputProgress {
        if written == 0 { writing = ResponseProgress(since: server.now) }
        while written < output.count {
            if isAborted { return .broken }
            switch socket.write(output, from: written) {
            case .bytes(let count):
                written += count
                advance(count)
            case .broken: return .broken
            case .wouldBlock: return .blocked
            }
        }
        written = 0
        output.removeAll(keptCapacity: 4_096)
        return .done
    }

    /// Sends the part of a body that is not in the output; false if the peer is gone or does not read.
    func send(_ body: HTTPResponseBody, chunked: Bool) async -> Bool {
        switch body {
        case .bytes: true
        case .file(let part): await send(part)
        case .stream(let stream): await send(stream, chunked: chunked)
        }
    }

    private func send(_ part: FilePart) async -> Bool {
        var offset = part.range.lowerBound
        writing = ResponseProgress(since: server.now)
        while offset < part.range.upperBound {
            if isAborted { return false }
            let most = min(part.range.upperBound - offset, server.limits.bytesPerTurnMax)
            switch socket.write(part.file, from: offset, count: most) {
            // A file that has become shorter cannot be completed.
            case .bytes(0), .broken: return false
            case .bytes(let count):
                offset += count
                advance(count)
                bytesThisTurn += count
                if hasUsedItsTurn { await yieldTurn() }
            case .wouldBlock: guard await waitUntilWritable() else { return false }
            }
        }
        return true
    }

    private func send(_ stream: HTTPBodyStream, chunked: Bool) async -> Bool {
        self.stream = stream
        defer { self.stream = nil }
        if peerHasClosed { stream.leave() }
        while true {
            enter(.handling, for: nil)
            switch await stream.next() {
            case .bytes(let bytes):
                if bytes.isEmpty { continue }
                if chunked {
                    output.append(text: String(bytes.count, radix: 16))
                    output.append(static: "\r\n")
                }
                output.append(bytes)
                if chunked { output.append(static: "\r\n") }
                guard await flush() else { return false }
            case .end:
                if chunked { output.append(static: "0\r\n\r\n") }
                return await flush()
            case .failed: return false
            }
        }
    }

    /// Waits until the socket takes bytes; false if the peer reads too slowly or is gone.
    private func waitUntilWritable() async -> Bool {
        mayWrite = false
        if phase != .writing { enter(.writing, for: server.limits.writeTimeout) }
        while !mayWrite {
            if isExpired || isAborted { return false }
            await signal.wait()
        }
        return true
    }

    /// Moves the deadline of a blocked response after `count` bytes were written.
    private func advance(_ count: Int) {
        writing.bytes += count
        guard phase == .writing else { return }
        enter(.writing, for: server.limits.writeTimeout)
        let allowed = server.limits.writeTimeout + .seconds(writing.bytes / server.limits.responseBytesPerSecondMin)
        deadline = min(deadline, writing.since + allowed)
    }
}
