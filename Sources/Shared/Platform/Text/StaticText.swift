extension StaticString {
    /// Whether both strings have the same bytes.
    package func hasBytes(of other: StaticString) -> Bool {
        let count = utf8CodeUnitCount
        guard count == other.utf8CodeUnitCount else { return false }
        if unsafe utf8Start == other.utf8Start { return true }
        return unsafe UnsafeBufferPointer(start: utf8Start, count: count).elementsEqual(
            UnsafeBufferPointer(start: other.utf8Start, count: count))
    }
}
