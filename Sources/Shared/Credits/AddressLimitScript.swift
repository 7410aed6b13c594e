/// Counts the requests without a valid key that one address makes in a window.
package enum AddressLimitScript {
    /// KEYS: 1 ratelimit of the address.
    ///
    /// ARGV: 1 window (s). Returns: {requests in this window, seconds left of it}.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local count = redis.call('INCR', KEYS[1])
        if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
        return {count, redis.call('TTL', KEYS[1])}
        """)
}
