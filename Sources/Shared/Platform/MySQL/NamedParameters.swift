/// A statement with `:name` parameters, translated to the question marks that the server accepts.
struct NamedParameters {
    let sql: String
    private let names: [String]

    /// Every colon begins a parameter; statements are static text, and no literal in them contains a colon.
    init(_ text: String) {
        var sql: [UInt8] = []
        var names: [String] = []
        var rest = text.utf8[...]
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            sql += rest[..<colon]
            sql.append(UInt8(ascii: "?"))
            let name = rest[rest.index(after: colon)...].prefix { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
            names.append(String(decoding: name, as: UTF8.self))
            rest = rest[name.endIndex...]
        }
        sql += rest
        self.sql = String(decoding: sql, as: UTF8.self)
        self.names = names
    }

    /// The values in the order of the question marks; traps if a name or a value has no counterpart.
    func values(_ parameters: MySQLParameters) -> [MySQLValue] {
        for (name, _) in parameters.values where !names.contains(name) {
            preconditionFailure("the statement has no parameter \(name)")
        }
        return names.map { name in
            guard let value = parameters.values.first(where: { $0.name == name })?.value else {
                preconditionFailure("the parameter \(name) has no value")
            }
            return value
        }
    }
}
