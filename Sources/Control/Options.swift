/// The `--name value` pairs of a command line.
struct Options {
    private var values: [String: String] = [:]

    init(_ arguments: ArraySlice<String>, allowed: [String]) throws(UsageError) {
        var rest = arguments
        while let name = rest.popFirst() {
            guard allowed.contains(name) else { throw UsageError(message: "there is no option \(name) here") }
            guard let value = rest.popFirst() else { throw UsageError(message: "\(name) needs a value") }
            values[name] = value
        }
    }

    subscript(_ name: String) -> String? { values[name] }

    /// A whole number within bounds; nil if the option is not given.
    func number(_ name: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(message: "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
