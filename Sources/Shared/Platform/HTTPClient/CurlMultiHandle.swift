internal import CCurl

/// Owns one libcurl multi handle: many transfers on one loop.
///
/// Its callbacks only record what curl requests; the client acts on that after each call.
@safe struct CurlMultiHandle: ~Copyable {
    private let multi: UnsafeMutableRawPointer
    let actions: CurlActions

    init(connectionsMax: Int) {
        guard let made = unsafe curl_multi_init() else { preconditionFailure("no memory for transfers") }
        unsafe multi = made
        let actions = CurlActions()
        self.actions = actions
        // Not retained: `actions` lives as long as this owner, and curl calls back only inside calls of this owner.
        let context = unsafe Unmanaged.passUnretained(actions).toOpaque()
        _ = unsafe drape_curl_multi_set_socket(made, socketCallback)
        _ = unsafe drape_curl_multi_set_pointer(made, CURLMOPT_SOCKETDATA, context)
        _ = unsafe drape_curl_multi_set_timer(made, timerCallback)
        _ = unsafe drape_curl_multi_set_pointer(made, CURLMOPT_TIMERDATA, context)
        _ = unsafe drape_curl_multi_set_long(made, CURLMOPT_MAXCONNECTS, connectionsMax)
        _ = unsafe drape_curl_multi_set_long(made, CURLMOPT_MAX_HOST_CONNECTIONS, 32)
    }

    deinit {
        unsafe curl_multi_cleanup(multi)
    }

    func add(_ transfer: borrowing CurlHandle) {
        _ = unsafe curl_multi_add_handle(multi, transfer.easy)
    }

    func remove(_ transfer: borrowing CurlHandle) {
        _ = unsafe curl_multi_remove_handle(multi, transfer.easy)
    }

    /// Reports to curl that a descriptor is ready or, if nil, that its timer has expired.
    func act(on descriptor: Int32?, _ interest: Interest) {
        var mask: Int32 = 0
        if interest.contains(.read) { mask |= CURL_CSELECT_IN }
        if interest.contains(.write) { mask |= CURL_CSELECT_OUT }
        if !interest.isDisjoint(with: .error) { mask |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        _ = unsafe curl_multi_socket_action(multi, descriptor ?? CURL_SOCKET_TIMEOUT, mask, &running)
    }

    /// A transfer that has ended since the last call, with its curl code; nil if there is none.
    func nextEnded() -> (transfer: ObjectIdentifier, code: CURLcode)? {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            var context: UnsafeMutablePointer<CChar>?
            _ = unsafe drape_curl_get_text(message.pointee.easy_handle, CURLINFO_PRIVATE, &context)
            guard let pointer = UnsafeMutableRawPointer(context) else { continue }
            let transfer = unsafe Unmanaged<CurlTransfer>.fromOpaque(pointer).takeUnretainedValue()
            return (ObjectIdentifier(transfer), unsafe message.pointee.data.result)
        }
        return nil
    }
}

/// The requests of curl that the client has not handled yet.
final class CurlActions {
    /// Descriptors to watch, in order of request; a nil interest means to stop watching.
    var descriptors: [(number: Int32, interest: Interest?)] = []
    /// The new timer in milliseconds; nil: no request; negative: cancel the timer.
    var timerMs: Int?
}

private func socketCallback(
    _ easy: UnsafeMutableRawPointer?, _ descriptor: Int32, _ what: Int32, _ context: UnsafeMutableRawPointer?,
    _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context = unsafe context else { return 0 }
    let actions = unsafe Unmanaged<CurlActions>.fromOpaque(context).takeUnretainedValue()
    switch what {
    case CURL_POLL_IN: actions.descriptors.append((descriptor, .read))
    case CURL_POLL_OUT: actions.descriptors.append((descriptor, .write))
    case CURL_POLL_INOUT: actions.descriptors.append((descriptor, [.read, .write]))
    default: actions.descriptors.append((descriptor, nil))
    }
    return 0
}

private func timerCallback(_ multi: UnsafeMutableRawPointer?, _ ms: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context = unsafe context else { return 0 }
    unsafe Unmanaged<CurlActions>.fromOpaque(context).takeUnretainedValue().timerMs = ms
    return 0
}
