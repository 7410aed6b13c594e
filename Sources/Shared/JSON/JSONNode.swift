/// One value of a document.
package struct JSONNode: Sendable {
    let document: JSONDocument
    let index: Int

    private var value: JSONDocument.Value { document.values[index] }

    package var kind: JSONDocument.Kind { value.kind }

    package var string: String? {
        guard value.kind == .string else { return nil }
        let start = Int(value.payload)
        return String(decoding: document.strings[start..<start + value.count], as: UTF8.self)
    }

    package var integer: Int64? {
        value.kind == .integer ? Int64(bitPattern: value.payload) : nil
    }

    package var boolean: Bool? {
        switch value.kind {
        case .true: true
        case .false: false
        case .null, .integer, .double, .string, .array, .object: nil
        }
    }

    /// The members of an array, in order.
    package var elements: [JSONNode]? {
        guard value.kind == .array else { return nil }
        var found: [JSONNode] = []
        found.reserveCapacity(value.count)
        var at = index + 1
        for _ in 0..<value.count {
            found.append(JSONNode(document: document, index: at))
            at = document.values[at].next
        }
        return found
    }

    /// The members of an object, in order; a name may stand twice.
    package var members: [(name: String, value: JSONNode)]? {
        guard value.kind == .object else { return nil }
        var found: [(String, JSONNode)] = []
        found.reserveCapacity(value.count)
        var at = index + 1
        for _ in 0..<value.count {
            let name = JSONNode(document: document, index: at).string ?? ""
            found.append((name, JSONNode(document: document, index: at + 1)))
            at = document.values[at + 1].next
        }
        return found
    }
}
