internal import Dispatch
internal import Foundation
internal import Synchronization

/// Writes log lines to standard output on a dedicated thread.
///
/// Standard output may block, so no other thread writes to it. The buffer is bounded: when it is full, lines are
/// dropped and counted.
package final class LogWriter: Sendable {
    private struct Buffer {
        var bytes: [UInt8] = []
        var lines = 0
        var isClosed = false
    }

    private let buffer = Mutex(Buffer())
    private let bytesMax: Int
    private let wake = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)
    package let dropped = Counter()

    package init(bytesMax: Int = 1 << 20, to descriptor: Int32 = 1) {
        self.bytesMax = bytesMax
        let thread = Thread {
            ThreadName.set("log")
            self.run(descriptor)
        }
        thread.start()
    }

    /// Enqueues one line, without its line feed; never blocks on the output.
    package func write(_ line: borrowing ByteWriter) {
        let (isTaken, isFirst) = buffer.withLock { buffer in
            if buffer.isClosed || buffer.bytes.count + line.count >= bytesMax { return (false, false) }
            let isFirst = buffer.bytes.isEmpty
            unsafe line.withBytes { unsafe buffer.bytes.append(contentsOf: $0) }
            buffer.bytes.append(UInt8(ascii: "\n"))
            buffer.lines += 1
            return (true, isFirst)
        }
        if !isTaken { dropped.add(1) }
        if isFirst { wake.signal() }
    }

    /// Writes the remaining lines and ends the thread; waits at most 1 second for a slow reader.
    package func close() {
        buffer.withLock { $0.isClosed = true }
        wake.signal()
        _ = done.wait(timeout: .now() + 1)
    }

    private func run(_ descriptor: Int32) {
        while true {
            wake.wait()
            let taken = buffer.withLock { buffer in
                let taken = buffer
                buffer.bytes = []
                buffer.lines = 0
                return taken
            }
            if !Self.writeAll(taken.bytes, to: descriptor) { dropped.add(taken.lines) }
            if taken.isClosed {
                done.signal()
                return
            }
        }
    }

    /// Writes all bytes; false if a write fails, which must not stop the process.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { raw in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: raw[start...])
                return unsafe Foundation.write(descriptor, rest.baseAddress, rest.count)
            }
            if count >= 0 {
                start += count
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
