internal import Platform

extension FieldSchema {
    /// An id in a response.
    static func id<ID: Identity>(_ name: StaticString, _ type: ID.Type, _ description: String) -> FieldSchema {
        FieldSchema(
            name, .string(30...30, format: .id), isRequired: true, description,
            example: "\"\(ID.prefix)_06f8g1v2m3n4p5q6r7s8t9v0w1\"")
    }

    static func time(_ name: StaticString, isNullable: Bool = false, _ description: String) -> FieldSchema {
        FieldSchema(
            name, .string(24...24, format: .dateTime), isRequired: true, isNullable: isNullable, description,
            example: "\"2026-11-21T02:40:00.123Z\"")
    }

    static let createdAt = time("createdAt", "When it was created.")
    static let updatedAt = time("updatedAt", "When it was last changed.")

    /// A whole number in a response, 0 or more.
    static func count(_ name: StaticString, isRequired: Bool = true, _ description: String, example: String)
        -> FieldSchema
    {
        FieldSchema(name, .integer(0...Int64.max), isRequired: isRequired, description, example: example)
    }

    /// A text in a response.
    static func text(
        _ name: StaticString, isRequired: Bool = true, isNullable: Bool = false, _ description: String,
        example: String
    ) -> FieldSchema {
        FieldSchema(
            name, .string(0...2_000), isRequired: isRequired, isNullable: isNullable, description, example: example)
    }

    /// The same field for a response, in which it is always present.
    var inResponse: FieldSchema { inResponse(isNullable: isNullable) }

    /// The same field for a response, in which it is always present, and may be null.
    func inResponse(isNullable: Bool) -> FieldSchema {
        FieldSchema(name, type, isRequired: true, isNullable: isNullable, description, example: example)
    }
}
