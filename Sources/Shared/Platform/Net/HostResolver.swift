internal import Dispatch
internal import Glibc

/// Resolves host names on a background thread, because getaddrinfo blocks.
enum HostResolver {
    /// Calls `found` on any thread with the first address in text form, or nil if there is none.
    static func resolve(_ host: String, _ found: @escaping @Sendable (String?) -> Void) {
        if SocketAddress(host) != nil { return found(host) }
        DispatchQueue.global().async { found(lookUp(host)) }
    }

    private static func lookUp(_ host: String) -> String? {
        var list: UnsafeMutablePointer<addrinfo>?
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        guard unsafe getaddrinfo(host, nil, &hints, &list) == 0, let first = unsafe list else { return nil }
        defer { unsafe freeaddrinfo(list) }
        var text = [CChar](repeating: 0, count: 128)
        guard
            unsafe getnameinfo(
                first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                == 0
        else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
