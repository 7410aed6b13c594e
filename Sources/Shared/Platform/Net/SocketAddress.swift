internal import Glibc

/// An IP address: 16 bytes; IPv4 is mapped into IPv6.
///
/// Source: RFC 4291, section 2.5.5.2.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// Network byte order.
    package let bytes: [UInt8]

    package init?(bytes: [UInt8]) {
        switch bytes.count {
        case 16: self.bytes = bytes
        case 4: self.bytes = Self.mappedPrefix + bytes
        default: return nil
        }
    }

    /// Reads an address in text form, without a port.
    package init?(_ text: String) {
        var four = in_addr()
        if unsafe inet_pton(AF_INET, text, &four) == 1 {
            unsafe self.init(bytes: withUnsafeBytes(of: four.s_addr) { unsafe Array($0) })
            return
        }
        var six = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self.init(bytes: unsafe withUnsafeBytes(of: six) { unsafe Array($0) })
    }

    init?(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            self.init(
                bytes: unsafe withUnsafeBytes(of: &storage) { raw in
                    unsafe Array(raw[4..<8])
                })
        case AF_INET6:
            self.init(
                bytes: unsafe withUnsafeBytes(of: &storage) { raw in
                    unsafe Array(raw[8..<24])
                })
        default: return nil
        }
    }

    package static let loopback = SocketAddress(trusted: mappedPrefix + [127, 0, 0, 1])

    private init(trusted bytes: [UInt8]) {
        self.bytes = bytes
    }

    private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

    /// Whether this is an IPv4 address.
    package var isIPv4: Bool { bytes.starts(with: Self.mappedPrefix) }

    package var description: String {
        if isIPv4 { return bytes[12...].map(String.init).joined(separator: ".") }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = unsafe inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
