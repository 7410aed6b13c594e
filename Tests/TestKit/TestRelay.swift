import Foundation
import Glibc
import Platform
import Synchronization

/// A TCP port that passes bytes on to a unix socket, until it is told to swallow them: then a connection seems to be alive,
/// and its other end has vanished.
package final class TestRelay: Sendable {
    package let port: UInt16
    private let target: String
    private let swallows = Atomic<Bool>(false)
    private let accepted = Atomic<Int>(0)
    private let listener: Int32

    package init(to socketPath: String) throws {
        target = socketPath
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var local = sockaddr_in()
        local.sin_family = sa_family_t(AF_INET)
        local.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = listener
        let isBound = withUnsafeMutablePointer(to: &local) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(number, address, length) == 0 && listen(number, 8) == 0
                    && getsockname(number, address, &length) == 0
            }
        }
        guard isBound else { throw ServerProcess.Failure.notReady("no relay") }
        port = UInt16(bigEndian: local.sin_port)
        Thread { [self] in accept() }.start()
    }

    /// Swallows the bytes of the first connection from now on; later connections are passed on.
    package func silence() {
        swallows.store(true, ordering: .sequentiallyConsistent)
    }

    /// The number of connections so far.
    package var connections: Int { accepted.load(ordering: .sequentiallyConsistent) }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            accepted.add(1, ordering: .sequentiallyConsistent)
            let isFirst = connections == 1
            guard let server = connect() else { continue }
            for (from, to) in [(client, server), (server, client)] {
                Thread { [self] in pass(from, to, maySwallow: isFirst) }.start()
            }
        }
    }

    private func connect() -> Int32? {
        let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(target.utf8)) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(made, $0, length) }
        }
        return status == 0 ? made : nil
    }

    private func pass(_ from: Int32, _ to: Int32, maySwallow: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(from, &buffer, buffer.count)
            if count <= 0 { break }
            if maySwallow, swallows.load(ordering: .sequentiallyConsistent) { continue }
            if write(to, buffer, count) != count { break }
        }
        shutdown(to, Int32(SHUT_RDWR))
    }
}
