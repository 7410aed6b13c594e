internal import CCurl
internal import Glibc

/// Owns one libcurl transfer; used by one thread at a time.
@safe struct CurlHandle: ~Copyable {
    let easy: UnsafeMutableRawPointer
    let transfer: CurlTransfer
    private let lines: UnsafeMutablePointer<curl_slist>?
    private let route: UnsafeMutablePointer<curl_slist>?

    /// Initializes the library; call it once, before any thread is created.
    static func startLibrary() {
        _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    }

    /// Reads an HTTP date; nil if the text is none.
    static func unixSeconds(ofDate text: String) -> Int64? {
        let seconds = unsafe curl_getdate(text, nil)
        return seconds < 0 ? nil : Int64(seconds)
    }

    /// - Parameters:
    ///   - request: the request.
    ///   - address: the address that is dialled, whatever the host of the URL; curl resolves no names.
    ///   - policy: judges the address again when it is dialled.
    /// - Throws: if there is no memory.
    init(_ request: HTTPClientRequest, to address: SocketAddress, policy: AddressPolicy) throws(HTTPClientError) {
        guard let made = unsafe curl_easy_init() else {
            throw HTTPClientError(message: "no memory for a transfer", cause: .process)
        }
        unsafe easy = made
        let transfer = CurlTransfer(request, policy: policy)
        self.transfer = transfer
        var lines: UnsafeMutablePointer<curl_slist>?
        for line in request.fields { unsafe lines = curl_slist_append(lines, line) }
        // Without this curl waits a second for servers that do not answer 100.
        if request.method.body != nil { unsafe lines = curl_slist_append(lines, "Expect:") }
        unsafe self.lines = unsafe lines
        // An empty host and port stand for those of the URL, and an empty last port for the same port.
        let dialled = address.isIPv4 ? "\(address)" : "[\(address)]"
        let route = unsafe curl_slist_append(nil, "::\(dialled):")
        unsafe self.route = unsafe route
        // Not retained: the transfer lives as long as this owner, and curl calls back only during that time.
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        _ = unsafe drape_curl_set_text(made, CURLOPT_URL, request.url)
        _ = unsafe drape_curl_set_text(made, CURLOPT_PROTOCOLS_STR, request.allowsHTTP ? "http,https" : "https")
        _ = unsafe drape_curl_set_text(made, CURLOPT_PROXY, "")
        _ = unsafe drape_curl_set_long(made, CURLOPT_FOLLOWLOCATION, 0)
        _ = unsafe drape_curl_set_long(made, CURLOPT_NOSIGNAL, 1)
        _ = unsafe drape_curl_set_long(made, CURLOPT_CONNECTTIMEOUT_MS, Int(request.connectTimeout.milliseconds()))
        _ = unsafe drape_curl_set_long(made, CURLOPT_TIMEOUT_MS, Int(request.timeout.milliseconds()))
        _ = unsafe drape_curl_set_long(made, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        _ = unsafe drape_curl_set_list(made, CURLOPT_HTTPHEADER, lines)
        _ = unsafe drape_curl_set_list(made, CURLOPT_CONNECT_TO, route)
        _ = unsafe drape_curl_set_write(made, writeCallback)
        _ = unsafe drape_curl_set_pointer(made, CURLOPT_WRITEDATA, context)
        _ = unsafe drape_curl_set_header(made, headerCallback)
        _ = unsafe drape_curl_set_pointer(made, CURLOPT_HEADERDATA, context)
        _ = unsafe drape_curl_set_pointer(made, CURLOPT_PRIVATE, context)
        unsafe drape_curl_set_policy(made, transfer.policyPointer)
        switch request.method {
        case .get: break
        case .head: _ = unsafe drape_curl_set_long(made, CURLOPT_NOBODY, 1)
        case .delete: _ = unsafe drape_curl_set_text(made, CURLOPT_CUSTOMREQUEST, "DELETE")
        case .post, .put:
            _ = unsafe drape_curl_set_long(made, CURLOPT_POST, 1)
            _ = unsafe drape_curl_set_long(made, CURLOPT_POSTFIELDSIZE, transfer.bodyCount)
            _ = unsafe drape_curl_set_pointer(made, CURLOPT_POSTFIELDS, transfer.bodyPointer)
        }
        if case .put = request.method { _ = unsafe drape_curl_set_text(made, CURLOPT_CUSTOMREQUEST, "PUT") }
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(lines)
        unsafe curl_slist_free_all(route)
    }

    /// The result of the transfer that ended with this curl code.
    func result(_ code: CURLcode) -> Result<HTTPClientResponse, HTTPClientError> {
        var address: UnsafeMutablePointer<CChar>?
        _ = unsafe drape_curl_get_text(easy, CURLINFO_PRIMARY_IP, &address)
        let dialled = unsafe address.map { unsafe String(cString: $0) }
        if transfer.isForbidden { return .failure(.forbidden) }
        if code != CURLE_OK, !(transfer.isCut && transfer.isCutAllowed) {
            if transfer.isCut { return .failure(HTTPClientError(message: "the answer is too large", cause: .answer)) }
            return .failure(
                HTTPClientError(
                    message: unsafe String(cString: curl_easy_strerror(code)), cause: .host,
                    isUnconnected: code == CURLE_COULDNT_CONNECT))
        }
        var status = 0
        _ = unsafe drape_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        var connects = 0
        _ = unsafe drape_curl_get_long(easy, CURLINFO_NUM_CONNECTS, &connects)
        return .success(
            HTTPClientResponse(
                status: status, body: transfer.received, fields: transfer.fields, address: dialled,
                isConnectionReused: connects == 0))
    }
}

/// The state that the callbacks of curl read and write.
@safe final class CurlTransfer {
    fileprivate(set) var received: [UInt8] = []
    fileprivate(set) var fields: [String: String] = [:]
    fileprivate(set) var isCut = false
    fileprivate(set) var isForbidden = false
    let isCutAllowed: Bool
    fileprivate let wantedFields: [String]
    fileprivate let bytesMax: Int
    fileprivate let policy: AddressPolicy
    fileprivate let policyPointer: UnsafeMutablePointer<drape_curl_policy>
    fileprivate let bodyPointer: UnsafeMutablePointer<UInt8>
    fileprivate let bodyCount: Int

    init(_ request: HTTPClientRequest, policy: AddressPolicy) {
        bytesMax = request.bytesMax
        wantedFields = request.wantedFields
        isCutAllowed = request.isCutAllowed
        self.policy = policy
        let body = request.method.body ?? []
        bodyCount = body.count
        unsafe bodyPointer = .allocate(capacity: max(1, body.count))
        unsafe bodyPointer.update(from: body, count: body.count)
        unsafe policyPointer = .allocate(capacity: 1)
        unsafe policyPointer.initialize(
            to: drape_curl_policy(permit: permitCallback, context: Unmanaged.passUnretained(self).toOpaque()))
    }

    deinit {
        unsafe policyPointer.deallocate()
        unsafe bodyPointer.deallocate()
    }
}

// MARK: Callbacks. They run on the thread that drives the transfer, while its owner exists and retains the context.

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    unsafe context.map { unsafe Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private func writeCallback(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = unsafe transfer(context), let bytes = unsafe bytes else { return 0 }
    let total = size * count
    let room = transfer.bytesMax - transfer.received.count
    unsafe transfer.received.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: min(room, total)))
    if total > room { transfer.isCut = true }
    // Returning fewer bytes than were passed ends the transfer, and closes its connection.
    return total > room ? 0 : total
}

private func headerCallback(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = unsafe transfer(context), let bytes = unsafe bytes else { return 0 }
    if transfer.wantedFields.isEmpty { return size * count }
    let line = unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
    let parts = line.split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return size * count }
    let name = parts[0].lowercased()
    if transfer.wantedFields.contains(name) {
        transfer.fields[name] = String(parts[1].filter { !$0.isNewline }.drop { $0 == " " })
    }
    return size * count
}

private func permitCallback(_ context: UnsafeMutableRawPointer?, _ address: UnsafePointer<UInt8>?) -> Int32 {
    guard let transfer = unsafe transfer(context), let address = unsafe address,
        let dialled = unsafe SocketAddress(bytes: Array(UnsafeBufferPointer(start: address, count: 16)))
    else { return 0 }
    if transfer.policy.permits(dialled) { return 1 }
    transfer.isForbidden = true
    return 0
}
