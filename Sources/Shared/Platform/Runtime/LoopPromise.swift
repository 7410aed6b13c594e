/// Single-waiter promise of one value, fulfilled and awaited on the same loop, in either order.
package final class LoopPromise<Value> {
    @safe private enum State {
        case empty
        case waiting(UnsafeContinuation<Void, Never>)
        case done
    }

    private var state = State.empty
    private var result: Value?

    package init() {}

    package var isFulfilled: Bool {
        if case .done = state { true } else { false }
    }

    /// Sets the value; later values are ignored.
    package func fulfil(_ value: Value) {
        switch state {
        case .done: return
        case .empty:
            result = value
            state = .done
        case .waiting(let continuation):
            result = value
            state = .done
            unsafe continuation.resume()
        }
    }

    /// Waits for the value; traps if there is already a waiter.
    package func wait() async -> Value {
        if result == nil {
            if case .waiting = state { preconditionFailure("a promise has one waiter") }
            unsafe await withUnsafeContinuation { continuation in
                unsafe state = .waiting(continuation)
            }
        }
        guard let result else { preconditionFailure("a promise resumed without a value") }
        return result
    }
}
