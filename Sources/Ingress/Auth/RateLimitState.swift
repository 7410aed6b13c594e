internal import Platform

/// The state of an API key's rate limit.
struct RateLimitState {
    let remaining: Int
    /// Time until all requests are restored.
    let resetSeconds: Int
    let retryAfterSeconds: Int

    /// Reads the elements after a reply's code: requests left, µs until all are restored, µs until the next.
    init(_ reply: [RedisReply]) {
        func microseconds(_ index: Int) -> Int64 { reply.count > index ? reply[index].integer ?? 0 : 0 }
        remaining = Int(microseconds(1))
        resetSeconds = Int((microseconds(2) + 999_999) / 1_000_000)
        retryAfterSeconds = max(1, Int((microseconds(3) + 999_999) / 1_000_000))
    }

    /// The rate limit's header fields.
    ///
    /// Source: draft-ietf-httpapi-ratelimit-headers-09 (RateLimit, RateLimit-Policy); the X- fields are custom.
    func fields(_ key: APIKey, at now: Timestamp) -> HTTPFieldLines {
        HTTPFieldLines(capacity: 256) { lines in
            lines.append(key.limitFields.bytes)
            lines.append(static: "X-RateLimit-Remaining: ")
            lines.append(decimal: Int64(remaining))
            lines.append(static: "\r\nX-RateLimit-Reset: ")
            lines.append(decimal: now.unixSeconds + Int64(resetSeconds))
            lines.append(static: "\r\nRateLimit: \"key\";r=")
            lines.append(decimal: Int64(remaining))
            lines.append(static: ";t=")
            lines.append(decimal: Int64(resetSeconds))
            lines.append(static: "\r\n")
        }
    }

    /// The refusal of a request that exceeds the limit.
    func problem(_ key: APIKey) -> Problem {
        Problem(.rateLimited, "this API key may make \(key.requestsPerMinute) requests a minute")
            .retrying(afterSeconds: retryAfterSeconds)
    }
}
