internal import Platform

/// A table that a command prints: aligned for people, or as JSON for programs.
struct Table {
    enum Cell {
        case text(String)
        case number(Int)
        case none

        fileprivate var shown: String {
            switch self {
            case .text(let text): text
            case .number(let number): String(number)
            case .none: "-"
            }
        }
    }

    /// The names of the columns; in JSON they are the members of each object.
    let columns: [String]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [String]) {
        self.columns = columns
    }

    mutating func add(_ cells: Cell...) {
        precondition(cells.count == columns.count, "a row of another length")
        rows.append(cells)
    }

    /// Prints the table; an empty one prints `nothing` instead, if it is not JSON.
    func print(asJSON: Bool, nothing: String) {
        if asJSON { return Swift.print(json) }
        if rows.isEmpty { return Swift.print(nothing) }
        let lines = [columns] + rows.map { $0.map(\.shown) }
        let widths = columns.indices.map { index in lines.map { $0[index].count }.max() ?? 0 }
        for line in lines {
            let cells = zip(line, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }
            Swift.print(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
        }
    }

    /// An array of objects.
    private var json: String {
        let objects = rows.map { row in
            let object = JSONWriter.object(capacity: 256) { json in
                for (name, cell) in zip(columns, row) {
                    json.key(text: name)
                    switch cell {
                    case .text(let text): json.string(text)
                    case .number(let number): json.integer(Int64(number))
                    case .none: json.null()
                    }
                }
            }
            return String(decoding: object, as: UTF8.self)
        }
        return "[" + objects.joined(separator: ",\n ") + "]"
    }
}
