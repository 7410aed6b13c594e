internal import Glibc

/// The value of the Date field, cached for one second.
///
/// Source: RFC 9110, section 5.6.7.
struct HTTPDate {
    private var second = -1
    private var bytes: [UInt8] = []

    mutating func current() -> [UInt8] {
        var now = time(nil)
        if now == second { return bytes }
        second = now
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let text = unsafe """
        \(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \
        \(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT
        """
        bytes = Array(text.utf8)
        return bytes
    }
}
