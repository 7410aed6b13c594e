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

    package var root: JSONNode { JSONNode(document: self, index: 0) }
}
