internal import CCurl

/// The owner of one multi handle of libcurl: many transfers on one loop.
///
/// Its callbacks only note what curl wants; the client acts on it behind each call.
@safe struct CurlMultiHandle: ~Copyable {
    private let multi: UnsafeMutableRawPointer
    let wishes: CurlActions

    init(connectionsMax: Int) {
        guard let made = unsafe curl_multi_init() else { preconditionFailure("no memory for transfers") }
        unsafe multi = made
        let wishes = CurlActions()
        self.wishes = wishes
        // Not retained: the wishes live as long as this owner, and curl calls back only inside its calls.
        let context = unsafe Unmanaged.passUnretained(wishes).toOpaque()
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

    /// A descriptor is ready; or, without one, time has passed.
    func act(on descriptor: Int32?, _ interest: Interest) {
        var mask: Int32 = 0
        if interest.contains(.read) { mask |= CURL_CSELECT_IN }
        if interest.contains(.write) { mask |= CURL_CSELECT_OUT }
        if !interest.isDisjoint(with: .error) { mask |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        _ = unsafe curl_multi_socket_action(multi, descriptor ?? CURL_SOCKET_TIMEOUT, mask, &running)
    }

    /// A transfer that has ended since the last call, with curl's code; nil where there is none.
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

/// What curl has asked for in the calls since the client last looked.
final class CurlActions {
    /// In the order of asking; nil: no longer.
    var descriptors: [(number: Int32, interest: Interest?)] = []
    /// Nil: nothing asked; negative: no timer.
    var timerMs: Int?
}

private func socketCallback(
    _ easy: UnsafeMutableRawPointer?, _ descriptor: Int32, _ what: Int32, _ context: UnsafeMutableRawPointer?,
    _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context = unsafe context else { return 0 }
    let wishes = unsafe Unmanaged<CurlActions>.fromOpaque(context).takeUnretainedValue()
    switch what {
    case CURL_POLL_IN: wishes.descriptors.append((descriptor, .read))
    case CURL_POLL_OUT: wishes.descriptors.append((descriptor, .write))
    case CURL_POLL_INOUT: wishes.descriptors.append((descriptor, [.read, .write]))
    default: wishes.descriptors.append((descriptor, nil))
    }
    return 0
}

private func timerCallback(_ multi: UnsafeMutableRawPointer?, _ ms: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context = unsafe context else { return 0 }
    unsafe Unmanaged<CurlActions>.fromOpaque(context).takeUnretainedValue().timerMs = ms
    return 0
}
