internal import Platform

/// A field of a request body: its schema, and the function that reads its value by that schema.
struct Field<Value: Sendable>: Sendable {
    /// The place of a value in the body.
    struct Place {
        let object: String
        let name: StaticString

        /// Source: RFC 6901, section 3.
        var pointer: String { "\(object)/\(name)" }
    }

    let schema: FieldSchema
    /// Reads a value; adds a fault and returns nil if it does not match the schema.
    let read: @Sendable (JSONNode, Place, FaultList) -> Value?

    init(_ schema: FieldSchema, read: @escaping @Sendable (JSONNode, Place, FaultList) -> Value?) {
        self.schema = schema
        self.read = read
    }

    /// The same field with an additional check, which returns the code and message of a fault, or nil.
    func checked(_ check: @escaping @Sendable (Value) -> (FaultCode, String)?) -> Field<Value> {
        let read = self.read
        return Field(schema) { node, place, faults in
            guard let value = read(node, place, faults) else { return nil }
            guard let (code, message) = check(value) else { return value }
            faults.add(place.pointer, code, message)
            return nil
        }
    }
}

extension Field where Value == String {
    /// A string; its length is counted in characters (Unicode scalars).
    static func string(
        _ name: StaticString, _ length: ClosedRange<Int>, format: SchemaType.StringFormat? = nil,
        isRequired: Bool = false, isNullable: Bool = false, _ description: String, example: String
    ) -> Field {
        let schema = FieldSchema(
            name, .string(length, format: format), isRequired: isRequired, isNullable: isNullable, description,
            example: example)
        return Field(schema) { node, place, faults in text(node, length, place, faults) }
    }

    fileprivate static func text(
        _ node: JSONNode, _ length: ClosedRange<Int>, _ place: Place, _ faults: FaultList
    ) -> String? {
        guard let text = node.string else {
            faults.add(place.pointer, .wrongType, "must be a string")
            return nil
        }
        // A string has at least as many bytes as characters, so counting bytes is enough for most.
        let isShort = !text.isEmpty && text.utf8.count <= length.upperBound && length.lowerBound <= 1
        if !isShort, !length.contains(text.unicodeScalars.count) {
            faults.add(
                place.pointer, .wrongLength, "must have \(length.lowerBound) to \(length.upperBound) characters")
            return nil
        }
        if text.containsNUL {
            faults.add(place.pointer, .invalidCharacter, "must not contain a NUL character")
            return nil
        }
        return text
    }

    /// An e-mail address; only its basic form is checked, and it is stored unchanged.
    static func email(_ name: StaticString, isRequired: Bool = false, isNullable: Bool = false) -> Field {
        string(
            name, 3...254, format: .email, isRequired: isRequired, isNullable: isNullable, "An e-mail address.",
            example: "\"shop@example.com\""
        ).checked { text in
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            let hasBlank = text.unicodeScalars.contains { $0.properties.isWhitespace || $0.value < 0x20 }
            let isValid = parts.count == 2 && !parts.contains("") && !hasBlank
            return isValid ? nil : (.invalidEmail, "must be an e-mail address")
        }
    }
}

extension Field where Value == Int64 {
    static func integer(
        _ name: StaticString, _ range: ClosedRange<Int64>, isRequired: Bool = false, isNullable: Bool = false,
        _ description: String, example: String
    ) -> Field {
        let schema = FieldSchema(
            name, .integer(range), isRequired: isRequired, isNullable: isNullable, description, example: example)
        return Field(schema) { node, place, faults in
            guard let number = node.integer else {
                faults.add(place.pointer, .wrongType, "must be a whole number")
                return nil
            }
            guard range.contains(number) else {
                faults.add(place.pointer, .outOfRange, "must be from \(range.lowerBound) to \(range.upperBound)")
                return nil
            }
            return number
        }
    }
}

extension Field where Value == JSONNode {
    /// An object with any members.
    static func anyObject(
        _ name: StaticString, isRequired: Bool = false, _ description: String, example: String
    ) -> Field {
        let schema = FieldSchema(name, .anyObject, isRequired: isRequired, description, example: example)
        return Field(schema) { node, place, faults in
            if node.kind == .object { return node }
            faults.add(place.pointer, .wrongType, "must be an object")
            return nil
        }
    }
}

extension Field where Value == Bool {
    static func boolean(_ name: StaticString, _ description: String, example: String) -> Field {
        Field(FieldSchema(name, .boolean, description, example: example)) { node, place, faults in
            if let flag = node.boolean { return flag }
            faults.add(place.pointer, .wrongType, "must be true or false")
            return nil
        }
    }
}

extension Field where Value == Timestamp {
    static func time(_ name: StaticString, isNullable: Bool = false, _ description: String) -> Field {
        let example = "2026-11-21T02:40:00Z"
        let schema = FieldSchema(
            name, .string(1...40, format: .dateTime), isNullable: isNullable, description, example: "\"\(example)\"")
        return Field(schema) { node, place, faults in
            guard let text = Field<String>.text(node, 1...40, Field<String>.Place(place), faults) else { return nil }
            if let time = Timestamp(text) { return time }
            faults.add(place.pointer, .invalidTime, "must be an RFC 3339 time, such as \(example)")
            return nil
        }
    }
}

extension Field where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of the raw values of an enumeration.
    static func choice(
        _ name: StaticString, isRequired: Bool = false, _ description: String, example: String
    ) -> Field {
        let allowed = Value.allCases.map(\.rawValue)
        let schema = FieldSchema(name, .choice(allowed), isRequired: isRequired, description, example: example)
        return Field(schema) { node, place, faults in
            guard let text = node.string else {
                faults.add(place.pointer, .wrongType, "must be a string")
                return nil
            }
            if let value = Value(rawValue: text) { return value }
            faults.add(place.pointer, .notAllowed, "must be one of \(allowed.joined(separator: ", "))")
            return nil
        }
    }
}

extension Field where Value: Identity {
    static func id(_ name: StaticString, _ description: String) -> Field {
        let example = "\(Value.prefix)_…"
        let schema = FieldSchema(name, .string(1...64, format: .id), description, example: "\"\(example)\"")
        return Field(schema) { node, place, faults in
            guard let text = Field<String>.text(node, 1...64, Field<String>.Place(place), faults) else { return nil }
            if let id = Value(text) { return id }
            faults.add(place.pointer, .invalidID, "must be an id such as \(example)")
            return nil
        }
    }
}

extension Field.Place {
    /// Converts the place of a field of another type.
    fileprivate init<Other>(_ place: Field<Other>.Place) {
        self.init(object: place.object, name: place.name)
    }
}
