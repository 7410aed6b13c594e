/// Single-waiter auto-reset event; a signal that comes early is remembered.
package final class LoopSignal {
    @safe private enum State {
        case quiet
        case rung
        case waiting(UnsafeContinuation<Void, Never>)
    }

    private var state = State.quiet

    package init() {}

    package func notify() {
        switch state {
        case .quiet, .rung: state = .rung
        case .waiting(let continuation):
            state = .quiet
            unsafe continuation.resume()
        }
    }

    /// Waits for a signal and resets it; traps if there is already a waiter.
    package func wait() async {
        if case .rung = state {
            state = .quiet
            return
        }
        if case .waiting = state { preconditionFailure("a signal has one waiter") }
        unsafe await withUnsafeContinuation { continuation in
            unsafe state = .waiting(continuation)
        }
    }
}
