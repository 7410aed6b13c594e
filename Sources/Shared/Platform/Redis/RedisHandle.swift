internal import CHiredis
internal import Glibc

/// Owns one hiredis asynchronous context.
///
/// When the connection breaks, hiredis frees the context itself, always inside a call of this owner, and `link.isGone`
/// becomes true. All calls and callbacks run on the loop's thread.
@safe struct RedisHandle: ~Copyable {
    private let context: UnsafeMutablePointer<redisAsyncContext>
    let link: RedisLink

    /// Starts to connect.
    ///
    /// `address` is a path or an IP address; host names must be resolved first, because hiredis would block.
    init(_ address: RedisEndpoint.Address, link: RedisLink) throws(RedisError) {
        let made =
            switch address {
            case .unixSocket(let path): unsafe redisAsyncConnectUnix(path)
            case .tcp(let host, let port): unsafe redisAsyncConnect(host, Int32(port))
            }
        guard let made = unsafe made else { throw .unavailable }
        if unsafe made.pointee.err != 0 {
            unsafe redisAsyncFree(made)
            throw .unavailable
        }
        unsafe drape_reply_memory_use(made, link.replyMemory)
        unsafe context = made
        self.link = link
        // Not retained: the link lives as long as this owner, and hiredis calls back only inside calls of this owner.
        let pointer = unsafe Unmanaged.passUnretained(link).toOpaque()
        unsafe made.pointee.data = pointer
        unsafe made.pointee.ev.data = pointer
        unsafe made.pointee.ev.addRead = ignoreHook
        unsafe made.pointee.ev.delRead = ignoreHook
        unsafe made.pointee.ev.addWrite = wantWriteHook
        unsafe made.pointee.ev.delWrite = dropWriteHook
        unsafe made.pointee.ev.cleanup = cleanupHook
        unsafe redisAsyncSetConnectCallback(made, connectedCallback)
    }

    deinit {
        if !link.isGone { unsafe redisAsyncFree(context) }
    }

    /// Valid until `link.isGone`.
    var descriptor: Int32 {
        precondition(!link.isGone, "a context that hiredis has freed")
        return unsafe context.pointee.c.fd
    }

    /// Whether bytes wait to be read.
    var hasUnread: Bool {
        var byte: UInt8 = 0
        return unsafe !link.isGone && recv(context.pointee.c.fd, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Whether a part of a reply has been read.
    var isWithinReply: Bool {
        guard !link.isGone, let reader = unsafe context.pointee.c.reader else { return false }
        return unsafe reader.pointee.ridx >= 0 || reader.pointee.pos < reader.pointee.len
    }

    /// Reads the available bytes and calls the callbacks of complete replies.
    func read() {
        if !link.isGone { unsafe redisAsyncHandleRead(context) }
    }

    /// Writes the buffered commands, or completes the connect.
    func write() {
        if !link.isGone { unsafe redisAsyncHandleWrite(context) }
    }

    /// Buffers a command; returns false if it was not accepted.
    ///
    /// `pending` receives the reply, or nil if the connection is lost first.
    func send(_ command: consuming RedisCommand, _ pending: RedisPendingReply.Promise) -> Bool {
        guard !link.isGone else { return false }
        // Retained here, released by `replyCallback`, which hiredis calls once per command.
        let retained = unsafe Unmanaged.passRetained(pending)
        let isTaken = unsafe command.withEncoded { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { text in
                unsafe redisAsyncFormattedCommand(
                    context, replyCallback, retained.toOpaque(), text.baseAddress, text.count) == REDIS_OK
            }
        }
        if !isTaken { unsafe retained.release() }
        return isTaken
    }

    /// Subscribes to a channel; every message is passed to the link.
    func subscribe(_ channel: String) -> Bool {
        guard !link.isGone else { return false }
        return unsafe RedisCommand(["SUBSCRIBE", channel]).withEncoded { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { text in
                unsafe redisAsyncFormattedCommand(
                    context, messageCallback, Unmanaged.passUnretained(link).toOpaque(), text.baseAddress, text.count)
                    == REDIS_OK
            }
        }
    }
}

/// The state of one connection as the hiredis callbacks report it.
@safe final class RedisLink {
    /// Outlives the context, which is freed inside a call of the handle that holds this object.
    fileprivate let replyMemory: OpaquePointer
    fileprivate(set) var isGone = false
    fileprivate(set) var needsWrite = false
    fileprivate(set) var connectResult: Bool?
    let onWriteNeeded: () -> Void
    let onMessage: (RedisReply) -> Void

    init(onWriteNeeded: @escaping () -> Void, onMessage: @escaping (RedisReply) -> Void) {
        guard let memory = unsafe drape_reply_memory_new() else { preconditionFailure("no memory for replies") }
        unsafe replyMemory = memory
        self.onWriteNeeded = onWriteNeeded
        self.onMessage = onMessage
    }

    deinit {
        unsafe drape_reply_memory_free(replyMemory)
    }
}

// MARK: Callbacks. All run on the loop's thread, inside a call of the owner.

private func link(_ data: UnsafeMutableRawPointer?) -> RedisLink? {
    unsafe data.map { unsafe Unmanaged<RedisLink>.fromOpaque($0).takeUnretainedValue() }
}

private func ignoreHook(_ data: UnsafeMutableRawPointer?) {}

private func wantWriteHook(_ data: UnsafeMutableRawPointer?) {
    guard let link = unsafe link(data), !link.needsWrite else { return }
    link.needsWrite = true
    link.onWriteNeeded()
}

private func dropWriteHook(_ data: UnsafeMutableRawPointer?) {
    unsafe link(data)?.needsWrite = false
}

/// Called last, when hiredis frees the context.
private func cleanupHook(_ data: UnsafeMutableRawPointer?) {
    unsafe link(data)?.isGone = true
}

private func connectedCallback(_ context: UnsafePointer<redisAsyncContext>?, _ status: Int32) {
    unsafe link(context?.pointee.data)?.connectResult = status == REDIS_OK
}

/// Releases the pending reply that `send` retained.
private func replyCallback(
    _ context: UnsafeMutablePointer<redisAsyncContext>?, _ reply: UnsafeMutableRawPointer?,
    _ data: UnsafeMutableRawPointer?
) {
    guard let data = unsafe data else { return }
    let pending = unsafe Unmanaged<RedisPendingReply.Promise>.fromOpaque(data).takeRetainedValue()
    let copied = unsafe reply.map { unsafe copy($0.assumingMemoryBound(to: redisReply.self)) }
    pending.finish(copied)
}

private func messageCallback(
    _ context: UnsafeMutablePointer<redisAsyncContext>?, _ reply: UnsafeMutableRawPointer?,
    _ data: UnsafeMutableRawPointer?
) {
    guard let link = unsafe link(data), let reply = unsafe reply else { return }
    link.onMessage(unsafe copy(reply.assumingMemoryBound(to: redisReply.self)))
}

/// Copies a reply out of the memory of hiredis, which is freed after the callback.
private func copy(_ reply: UnsafeMutablePointer<redisReply>) -> RedisReply {
    switch unsafe reply.pointee.type {
    case REDIS_REPLY_INTEGER: return .integer(unsafe reply.pointee.integer)
    case REDIS_REPLY_STRING: return .bulk(unsafe bytes(reply))
    case REDIS_REPLY_STATUS: return .status(String(decoding: unsafe bytes(reply), as: UTF8.self))
    case REDIS_REPLY_ERROR: return .error(RedisFault(String(decoding: unsafe bytes(reply), as: UTF8.self)))
    case REDIS_REPLY_ARRAY:
        let elements = unsafe UnsafeBufferPointer(start: reply.pointee.element, count: Int(reply.pointee.elements))
        // Every element of a complete array is set.
        return .array(unsafe elements.map { element in unsafe element.map { unsafe copy($0) } ?? .null })
    default: return .null
    }
}

private func bytes(_ reply: UnsafeMutablePointer<redisReply>) -> [UInt8] {
    guard let start = unsafe reply.pointee.str else { return [] }
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(reply.pointee.len)))
}
