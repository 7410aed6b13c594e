/// A statement about many rows, with one SQL text for each size of `BatchSize`.
package struct BatchText: Sendable {
    private let texts: [Int: String]

    /// `text` makes the SQL text for a number of rows.
    package init(_ text: (_ count: Int) -> String) {
        texts = Dictionary(uniqueKeysWithValues: BatchSize.all.map { ($0, text($0)) })
    }

    /// The SQL text for `count` rows, which must be a size of `BatchSize`.
    package func callAsFunction(_ count: Int) -> String {
        guard let text = texts[count] else { preconditionFailure("no batch has \(count) rows") }
        return text
    }
}
