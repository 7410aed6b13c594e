import Foundation

/// A blocking socket that sends and receives raw bytes.
package final class TestSocket: Sendable {
    private let descriptor: Int32

    package init(port: UInt16) throws {
        // A process that a test starts meanwhile must not keep the connection open.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let number = descriptor
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw ServerProcess.Failure.notReady("no connection to port \(port)") }
        limitReads()
    }

    /// The server's end of a connection.
    init(accepted descriptor: Int32) {
        self.descriptor = descriptor
        limitReads()
    }

    /// A read ends after 20 seconds without data.
    private func limitReads() {
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    /// Sends all bytes; drops the rest if the peer has closed.
    /// - Returns: whether all were sent.
    @discardableResult
    package func send(_ text: String) -> Bool {
        send(bytes: Array(text.utf8))
    }

    @discardableResult
    package func send(bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// Shuts down the sending direction.
    package func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Shuts down both directions; a read that waits in another thread ends.
    package func shutDown() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Reads until the text ends with `end`, or the peer closes.
    package func read(until end: String) -> String {
        String(decoding: collect { $0.suffix(end.utf8.count).elementsEqual(end.utf8) }, as: UTF8.self)
    }

    /// One read of at most `count` bytes; empty if the peer has closed.
    package func read(upTo count: Int) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, received)))
    }

    package func readToEnd() -> String {
        String(decoding: readAll(), as: UTF8.self)
    }

    package func readAll() -> [UInt8] {
        collect { _ in false }
    }

    private func collect(_ isEnough: ([UInt8]) -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isEnough(bytes) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
