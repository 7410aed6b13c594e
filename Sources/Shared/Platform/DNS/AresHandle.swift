internal import CCares

/// Owns one c-ares channel; used by one thread at a time.
///
/// Its callbacks only record what c-ares requests and finds; the resolver acts on that after each call.
@safe struct AresHandle: ~Copyable {
    private let dns: OpaquePointer
    let actions: AresActions

    /// Initializes the library; call it once, before any thread is created.
    static func startLibrary() {
        drape_dns_start_library()
    }

    /// Nil if there is no memory, or a server is not an address.
    ///
    /// - Parameters:
    ///   - servers: name servers as `address:port,…`; nil: those of the system.
    ///   - timeout: how long a server has for its first answer.
    ///   - tries: how often each server is asked.
    init?(servers: String?, timeout: Duration, tries: Int) {
        let actions = AresActions()
        // Not retained: `actions` lives as long as this owner, and c-ares calls back only inside calls of this owner.
        let context = unsafe Unmanaged.passUnretained(actions).toOpaque()
        let ms = Int32(timeout.milliseconds())
        let made: OpaquePointer?
        if let servers {
            unsafe made = servers.withCString {
                unsafe drape_dns_create($0, ms, Int32(tries), watchCallback, foundCallback, context)
            }
        } else {
            unsafe made = drape_dns_create(nil, ms, Int32(tries), watchCallback, foundCallback, context)
        }
        guard let made = unsafe made else { return nil }
        unsafe dns = made
        self.actions = actions
    }

    deinit {
        unsafe drape_dns_destroy(dns)
    }

    /// Starts a look-up; its end is recorded in `actions`, maybe at once.
    func lookUp(_ host: String, number: UInt64) {
        unsafe host.withCString { unsafe drape_dns_look_up(dns, $0, number) }
    }

    /// Handles the readiness of a descriptor or, if nil, what is overdue.
    func act(on descriptor: Int32?, _ interest: Interest) {
        let isReadable = !interest.isDisjoint(with: [.read, .error])
        unsafe drape_dns_act(
            dns, isReadable ? descriptor ?? -1 : -1, interest.contains(.write) ? descriptor ?? -1 : -1)
    }

    /// Time until `act` must be called; nil if no look-up is under way.
    var wait: Duration? {
        let ms = unsafe drape_dns_wait_ms(dns)
        return ms < 0 ? nil : .milliseconds(Int64(ms))
    }

    /// Resolves a name and blocks the calling thread for at most `timeout`.
    static func resolve(
        _ host: String, servers: String?, timeout: Duration
    ) -> Result<String, HostLookupError> {
        var text = [CChar](repeating: 0, count: 256)
        let (count, ms) = (UInt32(text.count), Int32(timeout.milliseconds()))
        let status = unsafe host.withCString { host in
            if let servers {
                return unsafe servers.withCString { unsafe drape_dns_resolve($0, host, ms, &text, count) }
            }
            return unsafe drape_dns_resolve(nil, host, ms, &text, count)
        }
        let found = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return status == 0 ? .success(found) : .failure(HostLookupError(message: found))
    }
}

/// What c-ares has requested and found, and the resolver has not handled yet.
final class AresActions {
    /// The end of one look-up.
    struct Found {
        let number: UInt64
        let addresses: [SocketAddress]
        let seconds: Int
        /// Why there is no address; nil if there is one.
        let reason: String?
    }

    /// Descriptors to watch, in order of request; a nil interest means to stop watching.
    var descriptors: [(number: Int32, interest: Interest?)] = []
    var found: [Found] = []
}

// MARK: Callbacks. They run on the thread that uses the channel, inside calls of its owner, which retains the context.

private func actions(_ context: UnsafeMutableRawPointer?) -> AresActions? {
    unsafe context.map { unsafe Unmanaged<AresActions>.fromOpaque($0).takeUnretainedValue() }
}

private func watchCallback(_ context: UnsafeMutableRawPointer?, _ descriptor: Int32, _ read: Int32, _ write: Int32) {
    var interest: Interest = []
    if read != 0 { interest.insert(.read) }
    if write != 0 { interest.insert(.write) }
    unsafe actions(context)?.descriptors.append((descriptor, interest.isEmpty ? nil : interest))
}

private func foundCallback(
    _ context: UnsafeMutableRawPointer?, _ number: UInt64, _ bytes: UnsafePointer<UInt8>?, _ count: UInt32,
    _ seconds: Int32, _ reason: UnsafePointer<CChar>?
) {
    var addresses: [SocketAddress] = []
    for index in 0..<Int(count) {
        guard let bytes = unsafe bytes else { break }
        let one = unsafe UnsafeBufferPointer(start: bytes + 16 * index, count: 16)
        if let address = unsafe SocketAddress(bytes: one) { addresses.append(address) }
    }
    let text = unsafe reason.map { unsafe String(cString: $0) }
    unsafe actions(context)?.found.append(
        AresActions.Found(number: number, addresses: addresses, seconds: Int(seconds), reason: text))
}
