internal import CLinux
internal import Glibc

/// Owns one listening TCP socket, which several loops may watch.
package struct ListenerHandle: ~Copyable, Sendable {
    enum AcceptResult: ~Copyable {
        case connection(FileDescriptor, SocketAddress)
        case none
        /// No file descriptor or memory is left; accepting must pause.
        case exhausted
    }

    package let descriptor: FileDescriptor
    /// In host byte order; the port that the kernel chose if 0 was requested.
    package let port: UInt16
    /// Whether the service manager owns the socket, and keeps it for the next process.
    package let isInherited: Bool

    /// Binds to `address`, or to all addresses of this host if nil: IPv6 and IPv4, or IPv4 alone without IPv6 support.
    package init(address: SocketAddress? = nil, port: UInt16, backlog: Int32 = 4_096) throws(SystemError) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let six = socket(AF_INET6, type, 0)
        let descriptor =
            six >= 0
            ? FileDescriptor(open: six) : try FileDescriptor(taking: socket(AF_INET, type, 0), operation: "socket")
        var off: Int32 = 0
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        let number = descriptor.number
        _ = unsafe setsockopt(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size)
        _ = unsafe setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, size)
        let name = six >= 0 ? Self.nameOfSix(address, port) : Self.nameOfFour(address, port)
        let bound = unsafe name.withUnsafeBytes { raw in
            unsafe bind(number, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
        if bound != 0 { throw SystemError(operation: "bind") }
        if listen(number, backlog) != 0 { throw SystemError(operation: "listen") }
        self.port = try Self.boundPort(number)
        self.descriptor = descriptor
        isInherited = false
    }

    private static func nameOfSix(_ address: SocketAddress?, _ port: UInt16) -> [UInt8] {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        if let address {
            unsafe withUnsafeMutableBytes(of: &name.sin6_addr) { unsafe $0.copyBytes(from: address.bytes) }
        }
        return unsafe withUnsafeBytes(of: name) { unsafe Array($0) }
    }

    private static func nameOfFour(_ address: SocketAddress?, _ port: UInt16) -> [UInt8] {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        if let address {
            unsafe withUnsafeMutableBytes(of: &name.sin_addr) { unsafe $0.copyBytes(from: address.bytes.suffix(4)) }
        }
        return unsafe withUnsafeBytes(of: name) { unsafe Array($0) }
    }

    /// Takes ownership of a listening socket that a service manager passed in.
    package init(inherited descriptor: consuming FileDescriptor) throws(SystemError) {
        let number = descriptor.number
        let flags = fcntl(number, F_GETFL)
        if flags < 0 || fcntl(number, F_SETFL, flags | O_NONBLOCK) < 0 { throw SystemError(operation: "fcntl") }
        if !Self.isListening(number) {
            throw SystemError(operation: "a passed socket that does not listen", code: EINVAL)
        }
        port = try Self.boundPort(number)
        self.descriptor = descriptor
        isInherited = true
    }

    /// Refuses new connections on all loops that watch the socket; connections to an inherited one wait for its next owner.
    func stopListening() {
        if isInherited { return }
        _ = shutdown(descriptor.number, Int32(SHUT_RDWR))
    }

    private static func isListening(_ number: Int32) -> Bool {
        var listens: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens != 0
    }

    private static func boundPort(_ number: Int32) throws(SystemError) -> UInt16 {
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let found = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe getsockname(number, generic, &length)
            }
        }
        if found != 0 { throw SystemError(operation: "getsockname") }
        guard [AF_INET, AF_INET6].contains(Int32(name.sin6_family)) else {
            throw SystemError(operation: "a listening socket that is not TCP", code: EAFNOSUPPORT)
        }
        return UInt16(bigEndian: name.sin6_port)
    }

    func accept() -> AcceptResult {
        while true {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = unsafe drape_accept(descriptor.number, &storage, &length)
            if accepted >= 0 {
                let address = SocketAddress(storage) ?? .loopback
                return .connection(FileDescriptor(open: accepted), address)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            default: return .none
            }
        }
    }
}
