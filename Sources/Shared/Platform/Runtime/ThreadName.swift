internal import Glibc

/// The kernel's name of a thread, shown by `top -H` and `perf`; Foundation's `Thread.name` does not set it.
enum ThreadName {
    /// Sets the name of the calling thread; the kernel keeps 15 bytes.
    ///
    /// Source: proc(5), /proc/pid/task/tid/comm.
    static func set(_ name: String) {
        let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = unsafe write(descriptor, bytes, bytes.count)
        close(descriptor)
    }
}
