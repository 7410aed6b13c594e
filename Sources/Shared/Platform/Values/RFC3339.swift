/// Parses timestamps.
///
/// Source: RFC 3339, section 5.6. A space may replace the `T`. A missing zone means UTC.
enum RFC3339 {
    static func unixMs(of text: [UInt8]) -> Int64? {
        guard text.count >= 19, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(text[10]),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let year = number(text[0..<4]), let month = number(text[5..<7]), let day = number(text[8..<10]),
            let hour = number(text[11..<13]), let minute = number(text[14..<16]), let second = number(text[17..<19]),
            (1...12).contains(month), day >= 1, day <= CivilDate.daysInMonth(month, of: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var rest = text[19...]
        guard let milliseconds = takeFraction(&rest), let offsetMinutes = zone(rest) else { return nil }
        let days = CivilDate.daysSince1970(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + (minute - offsetMinutes) * 60 + second
        let unixMs = seconds * 1_000 + milliseconds
        // The years 1970 to 9999, which the database and the text form can represent.
        return (0...253_402_300_799_999).contains(unixMs) ? unixMs : nil
    }

    private static func takeFraction(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.first == UInt8(ascii: ".") else { return 0 }
        let digits = rest.dropFirst().prefix(while: ASCII.isDigit)
        if digits.isEmpty || digits.count > 9 { return nil }
        rest = rest.dropFirst(1 + digits.count)
        let padded = (Array(digits) + [UInt8](repeating: UInt8(ascii: "0"), count: 3)).prefix(3)
        return number(padded)
    }

    /// The offset from UTC in minutes; positive is east.
    private static func zone(_ text: ArraySlice<UInt8>) -> Int64? {
        let text = Array(text)
        if text.isEmpty || text == [UInt8(ascii: "Z")] || text == [UInt8(ascii: "z")] { return 0 }
        guard text.count == 6, text[3] == UInt8(ascii: ":"), let hours = number(text[1..<3]),
            let minutes = number(text[4..<6]), hours < 24, minutes < 60
        else { return nil }
        switch text[0] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard digits.allSatisfy(ASCII.isDigit) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self))
    }
}
