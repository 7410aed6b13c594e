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

    package var unixSeconds: Int64 { unixMs.floorDivided(by: 1_000) }

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T02:40:00.123Z`.
    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The form for the database: `2026-11-21 02:40:00.123`, UTC.
    package var sqlText: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(to: &bytes, separator: UInt8(ascii: " "))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the RFC 3339 form.
    func append(to bytes: inout [UInt8]) {
        append(to: &bytes, separator: UInt8(ascii: "T"))
        bytes.append(UInt8(ascii: "Z"))
    }

    private func append(to bytes: inout [UInt8], separator: UInt8) {
        let days = unixMs.floorDivided(by: 86_400_000)
        let msOfDay = unixMs - days * 86_400_000
        let (year, month, day) = CivilDate.from(daysSince1970: days)
        let seconds = msOfDay / 1_000
        bytes.append(decimal: year, digits: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: month, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: day, digits: 2)
        bytes.append(separator)
        bytes.append(decimal: seconds / 3_600, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: seconds / 60 % 60, digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: seconds % 60, digits: 2)
        bytes.append(UInt8(ascii: "."))
        bytes.append(decimal: msOfDay % 1_000, digits: 3)
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
