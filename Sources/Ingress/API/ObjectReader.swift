internal import Platform

/// Reads the fields of one JSON object by its schema, and reports each fault with its pointer.
struct ObjectReader: ~Copyable {
    /// The JSON pointer of the object; empty for the body itself.
    let pointer: String
    let faults: FaultList
    let isObject: Bool
    private let schema: ObjectSchema
    private let document: JSONDocument
    /// The index of each field's value in the document, in the order of the schema; 0 (the root) if it is absent.
    private var values: [Int]
    /// Where the search for the next field begins.
    private var nextField = 0
    private var unknownNames: [String] = []

    /// - Parameters:
    ///   - node: the object; any other type is a fault.
    ///   - schema: the fields that it may have.
    ///   - pointer: the JSON pointer of the object.
    ///   - faults: the list that faults are added to.
    init(_ node: JSONNode, _ schema: ObjectSchema, pointer: String = "", faults: FaultList) {
        self.pointer = pointer
        self.faults = faults
        self.schema = schema
        document = node.document
        isObject = node.kind == .object
        var values = [Int](repeating: 0, count: schema.fields.count)
        var unknown: [String] = []
        var duplicates: Set<String> = []
        let (document, names) = (node.document, schema.names)
        // Most clients send the fields in the order of the documentation, which is the schema's.
        var next = 0
        node.forEachMember { name, value in
            if let index = schema.index(near: next, where: { document.isString(name, $0) }) {
                next = index + 1
                // The first value of a duplicate field is read, so that its other faults are reported, too.
                if values[index] == 0 { values[index] = value } else { duplicates.insert("\(names[index])") }
            } else {
                let text = document[name].string ?? ""
                if unknown.contains(text) { duplicates.insert(text) } else { unknown.append(text) }
            }
        }
        self.values = values
        unknownNames = unknown
        if !isObject { faults.add(pointer.isEmpty ? "/" : pointer, .wrongType, "must be an object") }
        if duplicates.isEmpty { return }
        for name in duplicates.sorted() { faults.add(path(name), .duplicateField, "is a duplicate field") }
    }

    /// The JSON pointer of a member.
    ///
    /// Source: RFC 6901, section 3.
    func path(_ name: String) -> String { "\(pointer)/\(Self.escaped(name))" }

    static func escaped(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// The value of a field; nil if it is absent, null or invalid.
    ///
    /// Adds a fault if the field is required and is absent or null.
    mutating func read<Value>(_ field: Field<Value>) -> Value? {
        guard let node = node(field), node.kind != .null else {
            if field.schema.isRequired, isObject { add(.required, "is required", at: field) }
            return nil
        }
        return field.read(node, Field<Value>.Place(object: pointer, name: field.schema.name), faults)
    }

    /// The change that a PATCH makes to a field: keeps it if it is absent, clears it if it is null.
    mutating func change<Value>(_ field: Field<Value>) -> Change<Value> {
        node(field) == nil ? .keep : .set(read(field))
    }

    /// Whether the field is present and not null.
    mutating func hasValue<Value>(_ field: Field<Value>) -> Bool { node(field).map { $0.kind != .null } ?? false }

    func add<Value>(_ code: FaultCode, _ message: String, at field: Field<Value>) {
        faults.add(path("\(field.schema.name)"), code, message)
    }

    private mutating func node<Value>(_ field: Field<Value>) -> JSONNode? {
        guard let index = schema.index(of: field.schema.name, near: nextField) else {
            preconditionFailure("\(field.schema.name) is no field of \(schema.name)")
        }
        nextField = index + 1
        return values[index] == 0 ? nil : document[values[index]]
    }

    /// Adds a fault for every member that is not in the schema.
    func finish() {
        if unknownNames.isEmpty { return }
        for name in unknownNames.sorted() { faults.add(path(name), .unknownField, "is not a field of this request") }
    }
}
