/// A parsed JSON text: its values in document order, a container in front of what it contains.
package final class JSONDocument: Sendable {
    package enum Kind: Sendable {
        case null, `false`, `true`, integer, double, string, array, object
    }

    struct Value: Sendable {
        var kind: Kind
        /// The index behind this value and all that it contains.
        var next: Int
        /// Members of a container, or bytes of a string.
        var count: Int
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
