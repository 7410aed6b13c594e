internal import Platform

/// The type of a value in the API, with its bounds.
indirect enum SchemaType: Sendable {
    /// Length in characters (Unicode scalars).
    case string(ClosedRange<Int>, format: StringFormat? = nil)
    case integer(ClosedRange<Int64>)
    case boolean
    case choice([String])
    case array(SchemaType, count: ClosedRange<Int>)
    case object(ObjectSchema)
    /// An object with any members.
    case anyObject
    /// An object of strings with names that the client chooses.
    case stringMap(count: Int, nameLength: ClosedRange<Int>, valueLength: Int)

    /// The format of a string; raw values are those of JSON Schema if it has the format.
    enum StringFormat: String, Sendable {
        case dateTime = "date-time"
        case email
        case uri
        case id
        case ipRange = "ip-range"
        case eventType = "event-type"
        case cursor
    }
}

/// A field of an object, as the documentation shows it.
struct FieldSchema: Sendable {
    let name: StaticString
    let type: SchemaType
    let isRequired: Bool
    /// Whether null is allowed: it means that there is no value; in responses the field is present nevertheless.
    let isNullable: Bool
    let description: String
    /// An example value, as JSON.
    let example: String

    init(
        _ name: StaticString, _ type: SchemaType, isRequired: Bool = false, isNullable: Bool = false,
        _ description: String, example: String
    ) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.isNullable = isNullable
        self.description = description
        self.example = example
    }
}

/// An object of the API: its name in the specification, and its fields.
final class ObjectSchema: Sendable {
    static let fieldsMax = 24
    let name: String
    let fields: [FieldSchema]
    /// The names of the fields, in their order.
    let names: [StaticString]

    init(_ name: String, _ fields: [FieldSchema]) {
        precondition(fields.count <= Self.fieldsMax, "an object with too many fields")
        self.name = name
        self.fields = fields
        names = fields.map(\.name)
    }

    /// The index of the field with this name; fields that are read in the schema's order are found at once.
    func index(of name: StaticString, near start: Int) -> Int? {
        index(near: start) { $0.hasBytes(of: name) }
    }

    /// The index of the first field, from `start` on and then from the beginning, whose name satisfies the condition.
    @inline(__always)
    func index(near start: Int, where isWanted: (StaticString) -> Bool) -> Int? {
        let count = names.count
        var index = start
        for _ in 0..<count {
            if index >= count { index = 0 }
            if isWanted(names[index]) { return index }
            index += 1
        }
        return nil
    }
}
