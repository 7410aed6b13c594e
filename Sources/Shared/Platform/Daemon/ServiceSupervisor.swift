internal import Foundation

/// The service manager that has started this process: systemd, or one that speaks its protocols.
///
/// Source: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
package struct ServiceSupervisor: Sendable {
    /// What the service manager is told.
    package enum Message: String {
        case ready = "READY=1"
        case stopping = "STOPPING=1"
        case alive = "WATCHDOG=1"
    }

    /// The first descriptor that is passed to a process.
    private static let firstDescriptor: Int32 = 3
    private let socketPath: String?
    /// The time in which the process must report that it is alive; nil if it need not.
    package let watchdog: Duration?
    private let descriptors: Int32

    /// Reads the environment of the process.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        func isForThisProcess(_ name: String) -> Bool { environment[name].map { Int32($0) == getpid() } ?? false }
        let isWatched = environment["WATCHDOG_PID"] == nil || isForThisProcess("WATCHDOG_PID")
        watchdog = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
            .flatMap { isWatched && $0 > 0 ? .microseconds($0) : nil }
        descriptors = isForThisProcess("LISTEN_PID") ? environment["LISTEN_FDS"].flatMap { Int32($0) } ?? 0 : 0
    }

    /// The listening socket that was passed to this process; nil if there is none.
    /// - Throws: `SystemError` if the descriptor is not a listening TCP socket.
    package func listener() throws(SystemError) -> ListenerHandle? {
        guard descriptors > 0 else { return nil }
        // The clients of a socket that nobody accepts would hang.
        guard descriptors == 1 else { throw SystemError(operation: "more than one passed socket", code: EINVAL) }
        _ = fcntl(Self.firstDescriptor, F_SETFD, FD_CLOEXEC)
        return try ListenerHandle(inherited: FileDescriptor(open: Self.firstDescriptor))
    }

    /// Tells the service manager; does nothing without one, and if it does not listen.
    package func tell(_ message: Message) {
        guard let socketPath, socketPath.hasPrefix("/") || socketPath.hasPrefix("@") else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A leading @ stands for the abstract name space, whose names begin with a zero byte.
        var path = Array(socketPath.utf8)
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let text = Array(message.rawValue.utf8)
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), generic, length)
            }
        }
    }
}
