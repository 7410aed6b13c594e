/// The value of a Retry-After field.
package enum RetryAfter {
    /// The wait that it asks for, from `now` on; nil if it is neither a number of seconds nor a date.
    ///
    /// Source: RFC 9110, section 10.2.3.
    package static func wait(_ text: String, at now: Timestamp) -> Duration? {
        let most: Int64 = 1_000_000_000
        if let seconds = Int64(text) { return .seconds(max(0, min(seconds, most))) }
        return CurlHandle.unixSeconds(ofDate: text).map { .seconds(max(0, min($0 - now.unixSeconds, most))) }
    }
}
