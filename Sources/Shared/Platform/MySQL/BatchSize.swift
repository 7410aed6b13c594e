/// The fixed sizes of batch statements; there are few, so that every statement stays prepared.
package enum BatchSize {
    package static let all = [256, 64, 16, 4, 1]
    package static let largest = 256

    /// Pads values to the next size by repeating the last; for lists in which duplicates have no effect.
    package static func padded<Value>(_ values: [Value]) -> [Value] {
        guard let last = values.last else { return [] }
        let size = all.last { $0 >= values.count } ?? largest
        return values + [Value](repeating: last, count: max(0, size - values.count))
    }

    /// Splits values into padded pieces of any number; for lists in which duplicates have no effect.
    package static func paddedPieces<Value>(_ values: [Value]) -> [[Value]] {
        stride(from: 0, to: values.count, by: largest).map { start in
            padded(Array(values[start..<min(start + largest, values.count)]))
        }
    }

    /// Splits values into pieces of these sizes, largest first; for rows that must not be duplicated.
    package static func pieces<Value>(_ values: [Value]) -> [ArraySlice<Value>] {
        var rest = values[...]
        var pieces: [ArraySlice<Value>] = []
        while let size = all.first(where: { $0 <= rest.count }) {
            pieces.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return pieces
    }

    /// A list of placeholders: `?, ?, ?`.
    package static func list(_ count: Int) -> String {
        [String](repeating: "?", count: count).joined(separator: ", ")
    }
}
