internal import Glibc

/// An open file that responses are sent from; it is closed with its last reference.
package final class ReadableFile: Sendable {
    let descriptor: FileDescriptor
    /// Length in bytes when it was opened.
    package let count: Int
    /// Differs after each change of the file: its time in nanoseconds and its length, in hexadecimal digits.
    package let version: String

    /// Opens a regular file for reading; blocks.
    package init(path: String) throws(SystemError) {
        let descriptor = try FileDescriptor(
            taking: unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), operation: "open")
        var status = stat()
        if unsafe fstat(descriptor.number, &status) != 0 { throw SystemError(operation: "fstat") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError(operation: "open", code: EISDIR) }
        self.descriptor = descriptor
        count = Int(status.st_size)
        let time = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        version = "\(String(time, radix: 16))-\(String(count, radix: 16))"
    }

    /// Reads a part; blocks.
    /// - Returns: fewer bytes if the file has become shorter.
    package func read(_ range: Range<Int>) throws(SystemError) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a range out of the file")
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < bytes.count {
            let read = unsafe bytes.withUnsafeMutableBytes { raw in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: raw[done...])
                return unsafe pread(descriptor.number, rest.baseAddress, rest.count, off_t(range.lowerBound + done))
            }
            if read < 0, errno == EINTR { continue }
            if read < 0 { throw SystemError(operation: "pread") }
            if read == 0 { break }
            done += read
        }
        return Array(bytes.prefix(done))
    }
}
