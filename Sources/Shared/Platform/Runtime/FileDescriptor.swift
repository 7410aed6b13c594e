internal import Glibc

/// The owner of one open file descriptor, closed with it.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over what a system call returned.
    /// - Throws: the call's `errno` where it returned a negative number.
    package init(taking number: Int32, operation: StaticString) throws(SystemError) {
        if number < 0 { throw SystemError(operation: operation) }
        self.number = number
    }

    /// Takes over a descriptor that is known to be open.
    package init(open number: Int32) {
        precondition(number >= 0, "a descriptor that is not open")
        self.number = number
    }

    /// Gives the descriptor away without closing it.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    deinit {
        close(number)
    }
}
