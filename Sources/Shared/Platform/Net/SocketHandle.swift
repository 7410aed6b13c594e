internal import CLinux
internal import Glibc

/// Owns one non-blocking stream socket.
struct SocketHandle: ~Copyable {
    enum ReadResult {
        case bytes(Int)
        case wouldBlock
        /// The peer has closed its sending half, or the connection is broken.
        case ended
    }

    enum WriteResult {
        case bytes(Int)
        case wouldBlock
        case broken
    }

    let descriptor: FileDescriptor

    /// Sets TCP_NODELAY, because a response is one write.
    init(_ descriptor: consuming FileDescriptor) {
        var on: Int32 = 1
        let number = descriptor.number
        _ = unsafe setsockopt(
            number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        self.descriptor = descriptor
    }

    /// Reads into the start of `buffer`.
    func read(into buffer: inout [UInt8]) -> ReadResult {
        while true {
            let number = descriptor.number
            let count = unsafe buffer.withUnsafeMutableBytes { raw in
                unsafe recv(number, raw.baseAddress, raw.count, 0)
            }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .ended }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .ended
            }
        }
    }

    /// Writes `bytes` from `start` on.
    func write(_ bytes: borrowing ByteWriter, from start: Int) -> WriteResult {
        while true {
            let number = descriptor.number
            let count = unsafe bytes.withBytes(from: start) { rest in
                unsafe send(number, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .broken
            }
        }
    }

    /// Sends up to `count` bytes of a file without copying them through the process.
    ///
    /// It may block for as long as the kernel reads the file from a disk.
    func write(_ file: ReadableFile, from start: Int, count: Int) -> WriteResult {
        while true {
            var offset = off_t(start)
            let sent = unsafe sendfile(descriptor.number, file.descriptor.number, &offset, count)
            if sent >= 0 { return .bytes(sent) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .broken
            }
        }
    }

    /// Closes the sending half of the connection.
    func shutdownWriting() {
        _ = shutdown(descriptor.number, Int32(SHUT_WR))
    }
}
