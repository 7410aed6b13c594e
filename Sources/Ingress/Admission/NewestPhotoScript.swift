internal import Domain
internal import Platform

/// Sets a customer's reference to a photo, if that photo is the newest; admission reads the reference.
struct NewestPhotoScript {
    /// The prefix of a tombstone: a reference of a customer that was erased.
    ///
    /// The id of the newest erased photo follows, if there was any.
    static let tombstone = "~"
    /// Lifetime of a tombstone; it must outlast any process that read MariaDB before the erasure.
    static let tombstoneSeconds: Int64 = 60

    /// Ids sort by time: a photo that is not newer than the stored one changes nothing.
    ///
    /// KEYS: 1 reference of the customer, 2 reference of the photo: a tombstone after the photo was deleted.
    ///
    /// ARGV: 1 photo, 2 lifetime (s), 3 `1`: the photo was just stored.
    /// Returns: 1, or 0 if nothing has changed.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local reference, photo, lifetime, was_just_stored = KEYS[1], ARGV[1], ARGV[2], ARGV[3] == '1'
        local known, own = redis.call('GET', reference), redis.call('GET', KEYS[2])
        if own and string.sub(own, 1, 1) == '\(tombstone)' then return 0 end
        if known and string.sub(known, 1, 1) == '\(tombstone)' then
          if not was_just_stored or photo <= string.sub(known, 2) then return 0 end
          known = false
        end
        if known and known >= photo then return 0 end
        redis.call('SET', reference, photo, 'EX', lifetime)
        return 1
        """)

    private let photo: PhotoID
    private let externalID: String
    private let names: TenantKeys
    private let lifetimeSeconds: Int64
    private let wasJustStored: Bool

    /// - Parameters:
    ///   - photo: the photo.
    ///   - externalID: the tenant's id of the customer.
    ///   - names: the keys of the tenant.
    ///   - lifetimeSeconds: how long the reference is kept.
    ///   - wasJustStored: whether the photo may replace a tombstone: only if its id is later than the one there.
    init(_ photo: PhotoID, of externalID: String, _ names: TenantKeys, lifetimeSeconds: Int64, wasJustStored: Bool) {
        self.photo = photo
        self.externalID = externalID
        self.names = names
        self.lifetimeSeconds = lifetimeSeconds
        self.wasJustStored = wasJustStored
    }

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        let customer = names.customerPrefix + ReferenceCache.hash(ofCustomer: externalID)
        _ = try await redis.run(
            Self.script, in: names.slot, keys: [customer, names.photoPrefix + photo.description]
        ) { command in
            command.append(photo)
            command.append(lifetimeSeconds)
            command.append(wasJustStored ? "1" : "0")
        }
    }
}
