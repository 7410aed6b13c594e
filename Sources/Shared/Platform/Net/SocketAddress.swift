internal import Glibc

/// An IP address of 128 bits; IPv4 is mapped into IPv6.
///
/// Source: RFC 4291, section 2.5.5.2.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The first and the last 8 bytes, most significant byte first.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 4 or 16 bytes in network order.
    package init?(bytes: some Collection<UInt8>) {
        func number(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 16: self.init(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
        case 4: self.init(high: 0, low: Self.mappedPrefix << 32 | number(bytes))
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

    package static let loopback = SocketAddress(high: 0, low: mappedPrefix << 32 | 0x7f00_0001)

    private static let mappedPrefix: UInt64 = 0xffff

    /// Whether this is an IPv4 address.
    package var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix }

    /// 16 bytes in network order.
    package var bytes: [UInt8] {
        (0..<16).map { index in
            UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index % 8)))
        }
    }

    /// The /64 network of an IPv6 address; an IPv4 address itself.
    package var network: SocketAddress { isIPv4 ? self : SocketAddress(high: high, low: 0) }

    package var description: String {
        if isIPv4 { return bytes[12...].map(String.init).joined(separator: ".") }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = unsafe inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
