/// The options and the other words of a command line.
struct Options {
    private var values: [String: String] = [:]
    private var flags: Set<String> = []
    /// The words that are no options, in order.
    private(set) var words: [String] = []

    /// - Parameters:
    ///   - arguments: the words after the command.
    ///   - allowed: the options that have a value.
    ///   - flags: the options that have none.
    ///   - wordsMax: the most words that are no options.
    /// - Throws: what is wrong.
    init(
        _ arguments: ArraySlice<String>, allowed: [String] = [], flags: [String] = [], wordsMax: Int = 0
    ) throws(UsageError) {
        var rest = arguments
        while let name = rest.popFirst() {
            if flags.contains(name) {
                self.flags.insert(name)
            } else if !name.hasPrefix("--"), words.count < wordsMax {
                words.append(name)
            } else {
                guard allowed.contains(name) else { throw UsageError(message: "there is no option \(name) here") }
                guard let value = rest.popFirst() else { throw UsageError(message: "\(name) needs a value") }
                values[name] = value
            }
        }
    }

    subscript(_ name: String) -> String? { values[name] }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// A whole number within bounds; nil if the option is not given.
    func number(_ name: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(message: "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
