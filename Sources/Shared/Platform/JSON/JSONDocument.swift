/// A parsed JSON text: its values in document order, a container before what it contains.
package final class JSONDocument: Sendable {
    package enum Kind: UInt8, Sendable {
        case null, `false`, `true`, integer, double, string, array, object
    }

    /// The layout is that of the shim's values.
    struct Value: Sendable {
        var kind: Kind
        /// The index after this value and everything that it contains.
        var next: UInt32
        /// Members of a container, or bytes of a string.
        var count: UInt32
        /// Where a string begins, or the bits of a number.
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
