internal import Platform

/// How many requests a key has left, and until when.
struct RateLimitState {
    let remaining: Int
    /// Until all requests are back.
    let resetSeconds: Int
    let retryAfterSeconds: Int
    /// The authorisation version that Redis has; nil if it has none.
    let seenVersion: Int64?

    /// Reads the elements that follow the code in a reply: requests left, µs until all are back, µs until the next, version.
    init(_ reply: [RedisReply]) {
        func microseconds(_ index: Int) -> Int64 { reply.count > index ? reply[index].integer ?? 0 : 0 }
        remaining = Int(microseconds(1))
        resetSeconds = Int((microseconds(2) + 999_999) / 1_000_000)
        retryAfterSeconds = max(1, Int((microseconds(3) + 999_999) / 1_000_000))
        seenVersion = reply.count > 4 ? reply[4].integer.flatMap { $0 < 0 ? nil : $0 } : nil
    }

    /// The header fields that tell the client of its limit.
    ///
    /// Source: draft-ietf-httpapi-ratelimit-headers-09 (RateLimit, RateLimit-Policy); the X- fields are custom.
    func fields(_ key: APIKey, at now: Timestamp) -> [HTTPResponse.HeaderField] {
        [
            HTTPResponse.HeaderField("X-RateLimit-Limit", key.limitText),
            HTTPResponse.HeaderField("X-RateLimit-Remaining", String(remaining)),
            HTTPResponse.HeaderField("X-RateLimit-Reset", String(now.unixSeconds + Int64(resetSeconds))),
            HTTPResponse.HeaderField("RateLimit-Policy", key.policyText),
            HTTPResponse.HeaderField("RateLimit", "\"key\";r=\(remaining);t=\(resetSeconds)"),
        ]
    }

    /// The refusal of a request beyond the limit.
    func problem(_ key: APIKey) -> Problem {
        Problem(.rateLimited, "this API key may make \(key.requestsPerMinute) requests a minute")
            .retrying(afterSeconds: retryAfterSeconds)
    }
}
