internal import CLinux
internal import Glibc

/// Owns an eventfd, with which any thread can wake a loop.
struct WakeHandle: ~Copyable, Sendable {
    let descriptor: FileDescriptor

    init() throws(SystemError) {
        descriptor = try FileDescriptor(taking: drape_eventfd(), operation: "eventfd")
    }

    /// Makes the current or the next wait of the loop return.
    func signal() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor.number, &one, MemoryLayout<UInt64>.size)
    }
}
