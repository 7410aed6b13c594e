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

    @Test("an update of many rows pairs each key with its value")
    func cases() {
        let update = CaseUpdate<(Int64, Int64)>(
            "t", key: ("id", { .integer($0.0) }), setting: ("a", { .integer($0.1) }), isSum: true,
            more: "b = :b", where: "c = 1")
        let (sql, values) = update.statement([(1, 10), (2, 20)], ["b": .integer(7)])
        #expect(
            sql == "UPDATE t SET a = a + CASE id WHEN ? THEN ? WHEN ? THEN ? END, b = ? WHERE c = 1 AND id IN (?, ?)")
        #expect(values.map(\.integer) == [1, 10, 2, 20, 7, 1, 2])
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
        #expect(insert.values(of: [21, 3]).map(\.integer) == [21, 42, nil, 3, 6, nil])
    }
}
