/// A moment, in milliseconds since 1970 in UTC.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let unixMs: Int64

    package init(unixMs: Int64) {
        self.unixMs = unixMs
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.unixMs < right.unixMs
    }

    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(unixMs: left.unixMs + right.milliseconds())
    }

    package var unixSeconds: Int64 { unixMs.floorDivided(by: 1_000) }

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T02:40:00.123Z`.
    package var description: String { text(separator: "T", end: "Z") }

    /// As the database takes it: `2026-11-21 02:40:00.123`, UTC.
    package var sqlText: String { text(separator: " ", end: "") }

    private func text(separator: String, end: String) -> String {
        let days = unixMs.floorDivided(by: 86_400_000)
        let msOfDay = unixMs - days * 86_400_000
        let (year, month, day) = CivilDate.from(daysSince1970: days)
        let seconds = msOfDay / 1_000
        let date = "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
        let time = "\(digits(seconds / 3_600, 2)):\(digits(seconds / 60 % 60, 2)):\(digits(seconds % 60, 2))"
        return "\(date)\(separator)\(time).\(digits(msOfDay % 1_000, 3))\(end)"
    }

    private func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    /// Reads RFC 3339, with a zone, or the database's form, which is UTC.
    package init?(_ text: String) {
        guard let parsed = RFC3339.unixMs(of: Array(text.utf8)) else { return nil }
        unixMs = parsed
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity.
    func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }
}
