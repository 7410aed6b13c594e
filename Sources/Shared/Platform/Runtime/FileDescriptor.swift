internal import Glibc

/// Owns one open file descriptor, and closes it when it is destroyed.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes ownership of the descriptor that a system call returned.
    /// - Throws: the `errno` of the call if `number` is negative.
    package init(taking number: Int32, operation: StaticString) throws(SystemError) {
        if number < 0 { throw SystemError(operation: operation) }
        self.number = number
    }

    /// Takes ownership of a descriptor that is known to be open.
    package init(open number: Int32) {
        precondition(number >= 0, "a descriptor that is not open")
        self.number = number
    }

    /// Passes ownership of the descriptor to the caller, without closing it.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    deinit {
        close(number)
    }
}
