import Platform

@testable import Ingress

/// Compares JSON with a schema of the API.
enum SchemaConformance {
    /// What does not conform, each with its JSON pointer; empty if all does.
    static func faults(_ node: JSONNode, _ type: SchemaType, at pointer: String = "") -> [String] {
        switch type {
        case .string(let length, let format):
            guard let text = node.string else { return ["\(pointer): not a string"] }
            if !length.contains(text.unicodeScalars.count) { return ["\(pointer): \(text) has another length"] }
            return hasFormat(text, format) ? [] : ["\(pointer): \(text) has another format"]
        case .integer(let range):
            guard let number = node.integer else { return ["\(pointer): not a whole number"] }
            return range.contains(number) ? [] : ["\(pointer): \(number) is out of range"]
        case .boolean: return node.boolean == nil ? ["\(pointer): not true or false"] : []
        case .choice(let allowed):
            guard let text = node.string, allowed.contains(text) else { return ["\(pointer): none of \(allowed)"] }
            return []
        case .array(let element, let count):
            guard let elements = node.elements else { return ["\(pointer): not an array"] }
            let faults = count.contains(elements.count) ? [] : ["\(pointer): \(elements.count) elements"]
            return faults
                + elements.enumerated().flatMap { Self.faults($0.element, element, at: "\(pointer)/\($0.offset)") }
        case .anyObject: return node.kind == .object ? [] : ["\(pointer): not an object"]
        case .object(let schema): return Self.faults(node, schema, at: pointer)
        case .stringMap(let count, let nameLength, let valueLength):
            guard let members = node.members else { return ["\(pointer): not an object"] }
            let isValid =
                members.count <= count
                && members.allSatisfy {
                    nameLength.contains($0.name.unicodeScalars.count)
                        && $0.value.string.map { $0.unicodeScalars.count <= valueLength } == true
                }
            return isValid ? [] : ["\(pointer): not such a map"]
        }
    }

    /// Every field of the schema that is required is there, every other member is a field of it, and all conform.
    static func faults(_ node: JSONNode, _ schema: ObjectSchema, at pointer: String = "") -> [String] {
        guard let members = node.members else { return ["\(pointer): not an object"] }
        var faults: [String] = []
        for field in schema.fields where field.isRequired && !members.contains(where: { $0.name == "\(field.name)" }) {
            faults.append("\(pointer)/\(field.name): missing")
        }
        for (name, value) in members {
            guard let field = schema.fields.first(where: { "\($0.name)" == name }) else {
                faults.append("\(pointer)/\(name): not in the schema \(schema.name)")
                continue
            }
            if value.kind == .null {
                if !field.isNullable { faults.append("\(pointer)/\(name): null") }
            } else {
                faults += Self.faults(value, field.type, at: "\(pointer)/\(name)")
            }
        }
        return faults
    }

    private static func hasFormat(_ text: String, _ format: SchemaType.StringFormat?) -> Bool {
        switch format {
        case .dateTime: text.hasSuffix("Z") && Timestamp(text) != nil
        case .email: text.split(separator: "@").count == 2
        case .uri: text.hasPrefix("http://") || text.hasPrefix("https://")
        case .id: text.wholeMatch(of: #/[a-z]{3}_[0-9a-z]{26}/#) != nil
        case .ipRange: AddressRange(text) != nil
        case .eventType, .cursor, nil: true
        }
    }
}
