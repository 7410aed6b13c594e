import Foundation
import Synchronization

/// A TCP server on a free port that speaks byte by byte as a test says.
///
/// Each connection has a thread of its own, on which `body` may block; the connection is closed when `body` returns.
package final class TestPeer: Sendable {
    package let port: UInt16
    private let descriptor: Int32
    private let accepted = Mutex(0)

    package init(_ body: @escaping @Sendable (_ client: TestSocket, _ number: Int) -> Void) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let number = descriptor
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, length) == 0 && listen(number, 128) == 0 && getsockname(number, $0, &length) == 0
            }
        }
        guard isListening else { throw ServerProcess.Failure.notReady("no port is free") }
        port = UInt16(bigEndian: address.sin_port)
        let thread = Thread { [weak self] in
            while true {
                let connection = accept(number, nil, nil)
                guard connection >= 0, let count = self?.count() else {
                    // Closed here, so that its number is not used again while this thread accepts.
                    close(number)
                    return
                }
                let client = TestSocket(accepted: connection)
                let thread = Thread { body(client, count) }
                thread.start()
            }
        }
        thread.start()
    }

    deinit {
        // Ends the thread's `accept`.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// The number of connections that were accepted so far.
    package var connections: Int { accepted.withLock { $0 } }

    /// Counts a connection, and returns its number, counted from 1.
    private func count() -> Int {
        accepted.withLock { accepted in
            accepted += 1
            return accepted
        }
    }
}
