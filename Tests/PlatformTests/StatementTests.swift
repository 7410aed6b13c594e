import Testing

@testable import Platform

@Suite("Statements")
struct StatementTests {
    @Test("named parameters become question marks, and their values follow the statement's order")
    func named() {
        let statement = NamedParameters("UPDATE t SET a = :a, b = :b_c WHERE id = :id AND a <> :a")
        #expect(statement.sql == "UPDATE t SET a = ?, b = ? WHERE id = ? AND a <> ?")
        let values = statement.values(["id": .integer(3), "b_c": .integer(2), "a": .integer(1)])
        #expect(values.map(\.integer) == [1, 2, 3, 1])
    }

    @Test("an insert names each column beside its value")
    func insert() {
        let insert = InsertStatement<Int64>(
            into: "t", updating: ["b"], clearing: ["c"],
            [("a", { .integer($0) }), ("b", { .integer($0 * 2) }), ("c", { _ in .null })])
        #expect(
            insert.sql(1)
                == "INSERT INTO t (a, b, c) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE b = VALUES(b), c = NULL")
        #expect(insert.sql(4).hasPrefix("INSERT INTO t (a, b, c) VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?) ON"))
        #expect(insert.values(of: 21).map(\.integer) == [21, 42, nil])
    }
}
