/// A point in time, in milliseconds since 1970-01-01 00:00 UTC.
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

    package static func - (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(unixMs: left.unixMs - right.milliseconds())
    }

    package var unixSeconds: Int64 { unixMs.floorDivided(by: 1_000) }

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T02:40:00.123Z`.
    package var description: String {
        var text = ByteWriter(capacity: 24)
        append(to: &text)
        return text.text
    }

    /// The form for the database: `2026-11-21 02:40:00.123`, UTC.
    package var sqlText: String {
        var text = ByteWriter(capacity: 24)
        append(to: &text, separator: UInt8(ascii: " "))
        return text.text
    }

    /// Appends the RFC 3339 form.
    func append(to text: inout ByteWriter) {
        append(to: &text, separator: UInt8(ascii: "T"))
        text.append(UInt8(ascii: "Z"))
    }

    /// The date and time in UTC as the decimal digits YYYYMMDDhhmmssmmm; nil outside of the years 1 to 9999.
    var digits: Int64? {
        guard (-62_135_596_800_000...253_402_300_799_999).contains(unixMs) else { return nil }
        let (year, month, day, msOfDay) = calendar
        let seconds = msOfDay / 1_000
        let date = (year * 100 + month) * 100 + day
        let time = (seconds / 3_600 * 100 + seconds / 60 % 60) * 100 + seconds % 60
        return (date * 1_000_000 + time) * 1_000 + msOfDay % 1_000
    }

    /// The date in UTC, and the milliseconds since its beginning.
    private var calendar: (year: Int64, month: Int64, day: Int64, msOfDay: Int64) {
        let days = unixMs.floorDivided(by: 86_400_000)
        let (year, month, day) = CivilDate.from(daysSince1970: days)
        return (year, month, day, unixMs - days * 86_400_000)
    }

    private func append(to text: inout ByteWriter, separator: UInt8) {
        let (year, month, day, msOfDay) = calendar
        let seconds = msOfDay / 1_000
        text.append(decimal: year, digits: 4)
        text.append(UInt8(ascii: "-"))
        text.append(twoDigits: month)
        text.append(UInt8(ascii: "-"))
        text.append(twoDigits: day)
        text.append(separator)
        text.append(twoDigits: seconds / 3_600)
        text.append(UInt8(ascii: ":"))
        text.append(twoDigits: seconds / 60 % 60)
        text.append(UInt8(ascii: ":"))
        text.append(twoDigits: seconds % 60)
        text.append(UInt8(ascii: "."))
        text.append(decimal: msOfDay % 1_000, digits: 3)
    }

    /// Reads RFC 3339 with a zone, or the form of the database, which is UTC.
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
