/// One value that a loop's code waits for and that the same loop's code will bring, early or late, exactly once.
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

    /// Brings the value; a second one is dropped.
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

    /// Waits for the value.
    ///
    /// One waiter at a time.
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
