/// The range of bytes that a request asks for.
///
/// Source: RFC 9110, section 14.
package enum HTTPRange: Hashable, Sendable {
    /// There is no such field, or one that may be ignored: several ranges, another unit, or bad syntax.
    case whole
    case part(Range<Int>)
    /// It begins after the end.
    case unsatisfiable

    /// - Parameters:
    ///   - text: the value of the field `Range`.
    ///   - count: the length of the whole body in bytes.
    package init(_ text: String?, of count: Int) {
        self = .whole
        guard let text, text.utf8.count <= 64, text.hasPrefix("bytes="), !text.contains(",") else { return }
        let bounds = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy(ASCII.isDigit) }) else { return }
        let (first, last) = (Int(bounds[0]), Int(bounds[1]))
        switch (first, last) {
        case (nil, nil): return
        case (nil, let suffix?):
            guard bounds[0].isEmpty else { return }
            self = suffix == 0 || count == 0 ? .unsatisfiable : .part(max(0, count - suffix)..<count)
        case (let first?, nil):
            guard bounds[1].isEmpty else { return }
            self = first < count ? .part(first..<count) : .unsatisfiable
        case (let first?, let last?):
            guard first <= last else { return }
            self = first < count ? .part(first..<(min(last, count - 1) + 1)) : .unsatisfiable
        }
    }
}
