/// A statement with `:name` parameters, translated to the question marks that the server accepts.
struct NamedParameters {
    let sql: String
    private let names: [Substring]

    /// Every colon begins a parameter; statements are static text, and no literal in them contains a colon.
    init(_ text: String) {
        var sql = ""
        var names: [Substring] = []
        var rest = text[...]
        while let colon = rest.firstIndex(of: ":") {
            sql += rest[..<colon] + "?"
            let name = rest[rest.index(after: colon)...].prefix { $0.isLetter || $0 == "_" }
            names.append(name)
            rest = rest[name.endIndex...]
        }
        self.sql = sql + rest
        self.names = names
    }

    /// The values in the order of the question marks; traps if a name or a value has no counterpart.
    func values(_ parameters: KeyValuePairs<String, MySQLValue>) -> [MySQLValue] {
        for (name, _) in parameters where !names.contains(name[...]) {
            preconditionFailure("the statement has no parameter \(name)")
        }
        return names.map { name in
            guard let value = parameters.first(where: { $0.key == name })?.value else {
                preconditionFailure("the parameter \(name) has no value")
            }
            return value
        }
    }
}
