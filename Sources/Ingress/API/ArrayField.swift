internal import Platform

extension Field {
    /// An array field; equal elements are kept once.
    static func array<Element: Equatable>(
        _ name: StaticString, of type: SchemaType, count: ClosedRange<Int>, isRequired: Bool = false,
        _ description: String, example: String,
        element read: @escaping @Sendable (JSONNode) -> Result<Element, ArrayElementFault>
    ) -> Field where Value == [Element] {
        let schema = FieldSchema(
            name, .array(type, count: count), isRequired: isRequired, description, example: example)
        return Field(schema) { node, place, faults in
            guard let nodes = elements(node, count, place, faults) else { return nil }
            var values: [Element] = []
            for (index, node) in nodes.enumerated() {
                switch read(node) {
                case .success(let value): if !values.contains(value) { values.append(value) }
                case .failure(let fault): faults.add("\(place.pointer)/\(index)", fault.code, fault.message)
                }
            }
            return values
        }
    }

    /// An array of objects; an element for which `read` returns nil is left out.
    static func objects<Element>(
        _ name: StaticString, _ object: ObjectSchema, count: ClosedRange<Int>, isRequired: Bool = false,
        _ description: String, example: String, element read: @escaping @Sendable (inout ObjectReader) -> Element?
    ) -> Field where Value == [Element] {
        let schema = FieldSchema(
            name, .array(.object(object), count: count), isRequired: isRequired, description, example: example)
        return Field(schema) { node, place, faults in
            guard let nodes = elements(node, count, place, faults) else { return nil }
            var values: [Element] = []
            values.reserveCapacity(nodes.count)
            for (index, node) in nodes.enumerated() {
                var reader = ObjectReader(node, object, pointer: "\(place.pointer)/\(index)", faults: faults)
                if reader.isObject, let value = read(&reader) { values.append(value) }
                reader.finish()
            }
            return values
        }
    }

    private static func elements(
        _ node: JSONNode, _ count: ClosedRange<Int>, _ place: Place, _ faults: FaultList
    ) -> [JSONNode]? {
        guard let elements = node.elements else {
            faults.add(place.pointer, .wrongType, "must be an array")
            return nil
        }
        guard count.contains(elements.count) else {
            faults.add(place.pointer, .wrongCount, "must have \(count.lowerBound) to \(count.upperBound) elements")
            return nil
        }
        return elements
    }
}

/// The fault of an array element.
struct ArrayElementFault: Error {
    let code: FaultCode
    let message: String
}

extension Field where Value == [UInt8] {
    /// An object of strings with names that the client chooses; the value is its JSON text.
    static func metadata(_ name: StaticString) -> Field {
        let (countMax, nameLength, valueLength) = (20, 1...40, 500)
        let schema = FieldSchema(
            name, .stringMap(count: countMax, nameLength: nameLength, valueLength: valueLength),
            "Data of the client's own, kept and returned as it is.", example: #"{"source":"web"}"#)
        return Field(schema) { node, place, faults in
            guard let members = node.members else {
                faults.add(place.pointer, .wrongType, "must be an object of strings")
                return nil
            }
            let names = members.map(\.name)
            if members.count > 1, Set(names).count != members.count {
                faults.add(place.pointer, .duplicateField, "has a duplicate name")
            }
            if members.count > countMax {
                faults.add(place.pointer, .wrongCount, "must have at most \(countMax) members")
            }
            var json = JSONWriter()
            json.object { json in
                for (key, value) in members {
                    var pointer: String { "\(place.pointer)/\(ObjectReader.escaped(key))" }
                    if !nameLength.contains(key.unicodeScalars.count) {
                        faults.add(pointer, .wrongLength, "a name must have 1 to \(nameLength.upperBound) characters")
                    }
                    guard let text = value.string,
                        text.utf8.count <= valueLength || text.unicodeScalars.count <= valueLength
                    else {
                        faults.add(pointer, .wrongType, "must be a string of at most \(valueLength) characters")
                        continue
                    }
                    json.key(text: key)
                    json.string(text)
                }
            }
            return json.bytes
        }
    }
}
