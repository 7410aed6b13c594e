/// A value that belongs to one loop, carried through code that may leave it.
///
/// Opening it anywhere but on the loop's thread is a bug and traps.
// Invariant: the value is reached on the loop's thread alone; `value` checks it.
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
