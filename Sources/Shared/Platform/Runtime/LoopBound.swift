/// A value that belongs to one loop, passed through code that may run on other threads.
///
/// Access to `value` outside the loop's thread is a bug and traps.
// Invariant: the value is accessed on the loop's thread only; `value` checks it.
package struct LoopBound<Value>: @unchecked Sendable {
    private let content: Value
    package let loop: EventLoop

    package init(_ content: Value, on loop: EventLoop) {
        loop.assertIsCurrent()
        self.content = content
        self.loop = loop
    }

    package var value: Value {
        loop.assertIsCurrent()
        return content
    }
}
