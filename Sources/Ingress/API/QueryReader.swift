internal import Platform

/// Reads the query of a request by the schemas that its endpoint declares, and reports each fault.
struct QueryReader {
    let faults = FaultList()
    private var values: [String: String] = [:]

    /// Refuses parameters that the endpoint does not declare, and duplicates.
    init(_ context: RequestContext) throws(Problem) {
        let names = context.endpoint?.request.query.map { "\($0.name)" } ?? []
        for (name, value) in try context.query() {
            guard names.contains(name) else {
                faults.add(name, .unknownParameter, "is not a parameter of this request")
                continue
            }
            if values[name] == nil {
                values[name] = value
            } else {
                faults.add(name, .duplicateParameter, "is a duplicate parameter")
            }
        }
    }

    /// The text of a parameter; nil if it is absent.
    func text(_ schema: FieldSchema) -> String? { values["\(schema.name)"] }

    /// A whole number within the bounds of its schema; nil if it is absent or invalid.
    func integer(_ schema: FieldSchema) -> Int64? {
        guard case .integer(let range) = schema.type else { preconditionFailure("\(schema.name) is no number") }
        guard let text = values["\(schema.name)"] else { return nil }
        if text.utf8.first.map(ASCII.isDigit) == true, let number = Int64(text), range.contains(number) {
            return number
        }
        faults.add("\(schema.name)", .outOfRange, "must be from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// A time; nil if it is absent or invalid.
    func time(_ schema: FieldSchema) -> Timestamp? {
        guard let text = values["\(schema.name)"] else { return nil }
        // A plus sign in a query is a space, so a zone such as +02:00 may have lost it.
        if let time = Timestamp(text) ?? Timestamp(text.replacing(" ", with: "+")) { return time }
        faults.add("\(schema.name)", .invalidTime, "must be a time such as 2026-11-21T02:40:00Z")
        return nil
    }

    /// An id; nil if it is absent or invalid.
    func id<ID: Identity>(_ schema: FieldSchema, _ type: ID.Type) -> ID? {
        guard let text = values["\(schema.name)"] else { return nil }
        let id = ID(text)
        if id == nil { faults.add("\(schema.name)", .invalidID, "must be an id such as \(ID.prefix)_…") }
        return id
    }

    /// The number that a cursor of a list stands for; nil if it is absent or invalid.
    func number(_ schema: FieldSchema) -> Int64? {
        guard let text = values["\(schema.name)"] else { return nil }
        if text.utf8.first.map(ASCII.isDigit) == true, let number = Int64(text) { return number }
        faults.add("\(schema.name)", .invalidCursor, "must be a nextCursor of this list")
        return nil
    }

    /// One of the choices of the schema; nil if it is absent or invalid.
    func choice<Value: RawRepresentable<String>>(_ schema: FieldSchema, _ type: Value.Type = Value.self) -> Value? {
        guard case .choice(let allowed) = schema.type else { preconditionFailure("\(schema.name) is no choice") }
        guard let text = values["\(schema.name)"] else { return nil }
        if let value = Value(rawValue: text), allowed.contains(text) { return value }
        faults.add("\(schema.name)", .notAllowed, "must be one of \(allowed.joined(separator: ", "))")
        return nil
    }

    /// The id that a cursor of a list stands for; nil if it is absent or invalid.
    func cursor<ID: Identity>(_ schema: FieldSchema, _ type: ID.Type = ID.self) -> ID? {
        guard let text = values["\(schema.name)"] else { return nil }
        let id = ID("\(ID.prefix)_\(text)")
        if id == nil { faults.add("\(schema.name)", .invalidCursor, "must be a nextCursor of this list") }
        return id
    }
}
