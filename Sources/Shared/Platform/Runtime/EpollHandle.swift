internal import CLinux
internal import Glibc

/// The events for which a file descriptor is watched.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let read = Interest(rawValue: drape_epoll_in)
    package static let write = Interest(rawValue: drape_epoll_out)
    /// The peer has closed its sending half.
    package static let peerClosed = Interest(rawValue: drape_epoll_peer_closed)
    /// Always reported, even if not requested.
    package static let error = Interest(rawValue: drape_epoll_error)
    /// Edge-triggered: reported once per change, not while the condition lasts.
    package static let edge = Interest(rawValue: drape_epoll_edge)
    /// Of several loops that watch one listening socket, one or more are woken, not all.
    package static let exclusive = Interest(rawValue: drape_epoll_exclusive)
}

/// Owns an epoll instance.
@safe struct EpollHandle: ~Copyable {
    struct Ready {
        var token: UInt64
        var interest: Interest
    }

    private let epoll: FileDescriptor
    private var events: [epoll_event]
    private static let wakeToken = UInt64.max

    /// - Parameters:
    ///   - wake: its signal makes `wait` return.
    ///   - eventsMax: the maximum number of events per wait.
    /// - Throws: the `errno` of epoll_create1 or epoll_ctl.
    init(wokenBy wake: borrowing WakeHandle, eventsMax: Int = 256) throws(SystemError) {
        let epoll = try FileDescriptor(taking: drape_epoll_create(), operation: "epoll_create1")
        if drape_epoll_add(epoll.number, wake.descriptor.number, drape_epoll_in | drape_epoll_edge, Self.wakeToken) != 0
        {
            throw SystemError(operation: "epoll_ctl")
        }
        self.epoll = epoll
        unsafe events = [epoll_event](repeating: epoll_event(), count: eventsMax)
    }

    func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        if drape_epoll_add(epoll.number, descriptor, interest.rawValue, token) != 0 {
            throw SystemError(operation: "epoll_ctl add")
        }
    }

    func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        if drape_epoll_modify(epoll.number, descriptor, interest.rawValue, token) != 0 {
            throw SystemError(operation: "epoll_ctl modify")
        }
    }

    /// Stops watching; has no effect if the kernel has already removed the descriptor.
    func remove(_ descriptor: Int32) {
        _ = drape_epoll_remove(epoll.number, descriptor)
    }

    /// Waits for events, at most `timeoutMs` milliseconds (-1: no limit), and returns their number for `event(at:)`.
    mutating func wait(timeoutMs: Int32) -> Int {
        let capacity = unsafe Int32(events.count)
        let number = epoll.number
        let count = unsafe events.withUnsafeMutableBufferPointer { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe epoll_wait(number, base, capacity, timeoutMs)
        }
        return max(0, Int(count))
    }

    /// One event of the last wait; nil for the wake-up event.
    func event(at index: Int) -> Ready? {
        let token = unsafe events[index].data.u64
        if token == Self.wakeToken { return nil }
        return Ready(token: token, interest: Interest(rawValue: unsafe events[index].events))
    }
}
