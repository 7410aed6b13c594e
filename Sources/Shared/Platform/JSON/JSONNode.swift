/// One value of a document.
package struct JSONNode: Sendable {
    package let document: JSONDocument
    package let index: Int

    private var value: JSONDocument.Value { document.values[index] }

    package var kind: JSONDocument.Kind { value.kind }

    package var string: String? {
        let value = self.value
        guard value.kind == .string else { return nil }
        let start = Int(value.payload)
        return unsafe document.strings.withUnsafeBufferPointer { all in
            unsafe String(decoding: all[start..<start + Int(value.count)], as: UTF8.self)
        }
    }

    package var integer: Int64? {
        value.kind == .integer ? Int64(bitPattern: value.payload) : nil
    }

    package var double: Double? {
        value.kind == .double ? Double(bitPattern: value.payload) : nil
    }

    package var boolean: Bool? {
        switch value.kind {
        case .true: true
        case .false: false
        case .null, .integer, .double, .string, .array, .object: nil
        }
    }

    /// The value of the first member with this name; nil if there is none, or if this is not an object.
    package subscript(_ name: String) -> JSONNode? {
        var found: Int?
        forEachMember { key, value in
            if found == nil, document[key].string == name { found = value }
        }
        return found.map { document[$0] }
    }

    /// The members of an array, in order.
    package var elements: [JSONNode]? {
        guard value.kind == .array else { return nil }
        var found: [JSONNode] = []
        found.reserveCapacity(Int(value.count))
        var at = index + 1
        for _ in 0..<value.count {
            found.append(JSONNode(document: document, index: at))
            at = Int(document.values[at].next)
        }
        return found
    }

    /// The members of an object, in order; names may be duplicate.
    package var members: [(name: String, value: JSONNode)]? {
        guard value.kind == .object else { return nil }
        var found: [(name: String, value: JSONNode)] = []
        found.reserveCapacity(Int(value.count))
        forEachMember { name, value in
            found.append((name: document[name].string ?? "", value: document[value]))
        }
        return found
    }

    /// Calls `body` with the index of the name and of the value of each member of an object, in order.
    package func forEachMember(_ body: (_ name: Int, _ value: Int) -> Void) {
        guard value.kind == .object else { return }
        var at = index + 1
        for _ in 0..<value.count {
            body(at, at + 1)
            at = Int(document.values[at + 1].next)
        }
    }
}
