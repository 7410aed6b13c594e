/// A parsed JSON text: its values in document order, each container before its contents.
package final class JSONDocument: Sendable {
    package enum Kind: UInt8, Sendable {
        case null, `false`, `true`, integer, double, string, array, object
    }

    /// One value, with the same fields as the values of the C shim.
    struct Value: Sendable {
        var kind: Kind
        /// The index after this value and its contents.
        var next: UInt32
        /// The number of members of a container, or of bytes of a string.
        var count: UInt32
        /// The offset of a string in `strings`, or the bits of a number.
        var payload: UInt64
    }

    let values: [Value]
    let strings: [UInt8]

    init(values: [Value], strings: [UInt8]) {
        self.values = values
        self.strings = strings
    }

    package var root: JSONNode { self[0] }

    /// The value at an index that `forEachMember` has given.
    package subscript(_ index: Int) -> JSONNode { JSONNode(document: self, index: index) }

    /// Whether the value at an index is a string with these bytes.
    package func isString(_ index: Int, _ text: StaticString) -> Bool {
        let value = values[index]
        let count = text.utf8CodeUnitCount
        guard value.kind == .string, Int(value.count) == count else { return false }
        let start = Int(value.payload)
        precondition(start + count <= strings.count, "a string beyond its document")
        return unsafe strings.withUnsafeBufferPointer { all in
            for offset in 0..<count {
                if unsafe all[start + offset] != text.utf8Start[offset] { return false }
            }
            return true
        }
    }
}
