internal import Shared

/// How much room a key has left.
struct RateRoom {
    private let key: APIKey
    let remaining: Int
    /// Until all is back.
    let resetSeconds: Int
    let retryAfterSeconds: Int
    /// The authorisation version that Redis has, where it is another than the cache's.
    let seenVersion: Int64?

    /// Reads the elements of the gate's reply behind its code.
    init(_ key: APIKey, _ reply: [RedisReply]) {
        func microseconds(_ index: Int) -> Int64 { reply.count > index ? reply[index].integer ?? 0 : 0 }
        self.key = key
        seenVersion = reply.count == 2 ? reply[1].integer : nil
        remaining = Int(microseconds(1))
        resetSeconds = Int((microseconds(2) + 999_999) / 1_000_000)
        retryAfterSeconds = max(1, Int((microseconds(3) + 999_999) / 1_000_000))
    }

    /// Puts the header fields on the answer.
    ///
    /// Source: draft-ietf-httpapi-ratelimit-headers-09 (RateLimit, RateLimit-Policy); the X- fields are custom.
    func describe(in context: RequestContext) {
        context.set("X-RateLimit-Limit", key.limitText)
        context.set("X-RateLimit-Remaining", String(remaining))
        context.set("X-RateLimit-Reset", String(context.now.unixSeconds + Int64(resetSeconds)))
        context.set("RateLimit-Policy", key.policyText)
        context.set("RateLimit", "\"key\";r=\(remaining);t=\(resetSeconds)")
    }

    var problem: Problem {
        Problem(.rateLimited, "this API key may make \(key.requestsPerMinute) requests a minute")
            .retrying(afterSeconds: retryAfterSeconds)
    }
}
