/// Single-waiter auto-reset event; a signal that comes early is remembered.
package final class LoopSignal {
    @safe private enum State {
        case idle
        case notified
        case waiting(UnsafeContinuation<Void, Never>)
    }

    private var state = State.idle

    package init() {}

    package func notify() {
        switch state {
        case .idle, .notified: state = .notified
        case .waiting(let continuation):
            state = .idle
            unsafe continuation.resume()
        }
    }

    /// Waits for a signal and resets it; traps if there is already a waiter.
    package func wait() async {
        if case .notified = state {
            state = .idle
            return
        }
        if case .waiting = state { preconditionFailure("a signal has one waiter") }
        unsafe await withUnsafeContinuation { continuation in
            unsafe state = .waiting(continuation)
        }
    }
}
