/// The values of a statement's `:name` parameters.
package struct MySQLParameters: ExpressibleByDictionaryLiteral, Sendable {
    let values: [(name: String, value: MySQLValue)]

    package init(dictionaryLiteral elements: (String, MySQLValue)...) {
        values = elements.map { (name: $0.0, value: $0.1) }
    }

    package init(_ values: [(name: String, value: MySQLValue)]) {
        self.values = values
    }

    package static func + (one: MySQLParameters, other: MySQLParameters) -> MySQLParameters {
        MySQLParameters(one.values + other.values)
    }
}
