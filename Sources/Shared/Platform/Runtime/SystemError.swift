internal import Glibc

/// A failed system call and its `errno`.
package struct SystemError: Error, Hashable, CustomStringConvertible {
    package let operation: String
    package let code: Int32

    /// Reads `errno`, so it must be created directly after the failed call.
    package init(operation: StaticString) {
        self.operation = "\(operation)"
        self.code = errno
    }

    package init(operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: 128)
        _ = unsafe strerror_r(code, &text, text.count)
        let message = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(operation): \(message) (errno \(code))"
    }
}
