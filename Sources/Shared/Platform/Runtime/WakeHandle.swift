internal import CLinux
internal import Glibc

/// The owner of an eventfd, by which any thread wakes a loop.
struct WakeHandle: ~Copyable, Sendable {
    let descriptor: FileDescriptor

    init() throws(SystemError) {
        descriptor = try FileDescriptor(taking: drape_eventfd(), operation: "eventfd")
    }

    /// Makes the loop's wait under way, or its next one, return.
    func signal() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor.number, &one, MemoryLayout<UInt64>.size)
    }
}
