/// Tells admission of a customer's newest photo.
package enum NewestPhotoScript {
    /// What a reference begins with for a while when its customer was erased: whoever read MariaDB before does not bring
    /// them back.
    ///
    /// The newest photo that was erased follows.
    package static let erased = "~"
    package static let erasedSeconds: Int64 = 60

    /// A photo that is not newer than the one there changes nothing: ids sort by time.
    ///
    /// KEYS: 1 reference of the customer. ARGV: 1 photo, 2 lifetime (s), 3 `1`: the photo was just stored.
    /// Returns: 1, or 0 where nothing has changed.
    package static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local known = redis.call('GET', KEYS[1])
        if known and string.sub(known, 1, 1) == '\(erased)' then
          if ARGV[3] ~= '1' or ARGV[1] <= string.sub(known, 2) then return 0 end
          known = false
        end
        if known and known >= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
        return 1
        """)
}
