internal import Glibc

/// A large request body in an unnamed temporary file, which is deleted when the last reference is released.
// Invariant: written only by the connection's loop until the request is complete, and then only read (by offset).
package final class HTTPBodySpool: @unchecked Sendable {
    private let file: FileDescriptor
    private let total: Gauge
    package private(set) var count = 0
    /// O_TMPFILE, a macro that Swift does not import.
    private static let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY

    /// - Parameters:
    ///   - directory: a directory on a file system that supports O_TMPFILE.
    ///   - total: counts the bytes of all existing spools.
    /// - Throws: the `errno` of open if the file cannot be created.
    package init(directory: String, total: Gauge) throws(SystemError) {
        self.total = total
        let number = unsafe open(directory, Self.unnamed | O_RDWR | O_CLOEXEC, 0o600)
        file = try FileDescriptor(taking: number, operation: "open O_TMPFILE")
    }

    func append(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let number = file.number
            let result = unsafe bytes.withUnsafeBytes { raw in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: raw[written...])
                return unsafe write(number, rest.baseAddress, rest.count)
            }
            if result < 0 {
                if errno == EINTR { continue }
                throw SystemError(operation: "write")
            }
            written += result
        }
        count += bytes.count
        total.add(bytes.count)
    }

    deinit {
        total.add(-count)
    }

    /// The whole body; it may block, so do not call it on an event loop.
    package func contents() throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let number = file.number
            let result = unsafe bytes.withUnsafeMutableBytes { raw in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: raw[done...])
                return unsafe pread(number, rest.baseAddress, rest.count, off_t(done))
            }
            if result < 0, errno == EINTR { continue }
            if result <= 0 { throw SystemError(operation: "pread") }
            done += result
        }
        return bytes
    }
}
