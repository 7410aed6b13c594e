/// Batch statements come in a few fixed sizes, so that they stay prepared.
package enum BatchSize {
    package static let all = [256, 64, 16, 4, 1]
    package static let largest = 256

    /// Values filled up to the next size by repeating the last: for lists where a repetition means nothing.
    package static func padded<Value>(_ values: [Value]) -> [Value] {
        guard let last = values.last else { return [] }
        let size = all.last { $0 >= values.count } ?? largest
        return values + [Value](repeating: last, count: max(0, size - values.count))
    }

    /// Values in pieces of the sizes, largest first: for rows that must stand once.
    package static func pieces<Value>(_ values: [Value]) -> [ArraySlice<Value>] {
        var rest = values[...]
        var pieces: [ArraySlice<Value>] = []
        while let size = all.first(where: { $0 <= rest.count }) {
            pieces.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return pieces
    }

    /// `(?, ?), (?, ?)`: rows of placeholders.
    package static func rows(_ count: Int, columns: Int) -> String {
        let row = "(" + [String](repeating: "?", count: columns).joined(separator: ", ") + ")"
        return [String](repeating: row, count: count).joined(separator: ", ")
    }

    /// `?, ?, ?`: placeholders of a list.
    package static func list(_ count: Int) -> String {
        [String](repeating: "?", count: count).joined(separator: ", ")
    }
}
