import Foundation
import Glibc
import Platform

/// A datagram socket to which a daemon reports its state, as systemd has it.
package final class TestNotifySocket: Sendable {
    /// The value of NOTIFY_SOCKET.
    package let path: String
    private let descriptor: Int32

    /// `isAbstract`: the name is in the abstract name space.
    package init(isAbstract: Bool = false) throws {
        let name = "/tmp/drape-notify-\(UInt64.random(in: 0...UInt64.max))"
        path = isAbstract ? "@" + name.dropFirst() : name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let number = descriptor
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
        }
        guard status == 0 else { throw ServerProcess.Failure.notReady("no socket for notifications") }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next message; waits for 20 seconds at most, then empty.
    package func next() -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
