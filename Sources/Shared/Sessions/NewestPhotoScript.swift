/// Tells admission of a customer's newest photo.
package enum NewestPhotoScript {
    /// What stands there for a moment when the customer was erased: whoever read MariaDB before does not bring them back.
    package static let erased = "~"
    package static let erasedSeconds: Int64 = 60

    /// A photo that is not newer than the one there changes nothing: ids sort by time.
    ///
    /// KEYS: 1 reference of the customer. ARGV: 1 photo, 2 lifetime (s), 3 `1`: the customer is certainly there.
    /// Returns: 1, or 0 where nothing has changed.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local known = redis.call('GET', KEYS[1])
        if known == '\(erased)' then known = ARGV[3] ~= '1' and known end
        if known and known >= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
        return 1
        """)
}
