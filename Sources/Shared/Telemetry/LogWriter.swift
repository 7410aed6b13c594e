internal import Dispatch
internal import Foundation
internal import Synchronization

/// The one thread that writes log lines to standard output.
///
/// Standard output may block, so nobody else writes to it. The buffer is bounded: when it is full, lines are dropped and
/// counted.
package final class LogWriter: Sendable {
    private struct Buffer {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private let buffer = Mutex(Buffer())
    private let bytesMax: Int
    private let wake = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)
    package let dropped = Counter()

    package init(bytesMax: Int = 1 << 20, to descriptor: Int32 = 1) {
        self.bytesMax = bytesMax
        let thread = Thread { self.run(descriptor) }
        thread.name = "log"
        thread.start()
    }

    /// Takes one line, without its line feed, and returns at once.
    package func write(_ line: [UInt8]) {
        let isTaken = buffer.withLock { buffer in
            if buffer.isClosed || buffer.bytes.count + line.count >= bytesMax { return false }
            buffer.bytes.append(contentsOf: line)
            buffer.bytes.append(UInt8(ascii: "\n"))
            return true
        }
        if isTaken { wake.signal() } else { dropped.add(1) }
    }

    /// Writes what is left, and ends the thread.
    package func close() {
        buffer.withLock { $0.isClosed = true }
        wake.signal()
        done.wait()
    }

    private func run(_ descriptor: Int32) {
        let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        while true {
            wake.wait()
            let (bytes, isClosed) = buffer.withLock { buffer in
                defer { buffer.bytes.removeAll(keepingCapacity: true) }
                return (buffer.bytes, buffer.isClosed)
            }
            if !bytes.isEmpty {
                do {
                    try output.write(contentsOf: Data(bytes))
                } catch {
                    // Nobody listens any more: that is no reason to stop serving.
                    dropped.add(1)
                }
            }
            if isClosed {
                done.signal()
                return
            }
        }
    }
}
