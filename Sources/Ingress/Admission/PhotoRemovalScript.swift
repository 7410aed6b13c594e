internal import Domain
internal import Platform

/// Removes a deleted photo from the references of Redis.
struct PhotoRemovalScript {
    /// The photo's reference becomes a tombstone, so that a process that read MariaDB before the deletion cannot make the
    /// photo the newest again (`NewestPhotoScript`).
    ///
    /// KEYS: 1 reference of the customer, 2 reference of the photo, 3 reference of the photo that is the newest now; it may
    /// have been deleted meanwhile, too. Without one: the photo's again.
    ///
    /// ARGV: 1 photo, 2 the newest photo now (empty: none), 3 lifetime of a reference (s). Returns: 1.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        redis.call('SET', KEYS[2], '\(NewestPhotoScript.tombstone)', 'EX', '\(NewestPhotoScript.tombstoneSeconds)')
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 1 end
        local own = redis.call('GET', KEYS[3])
        if ARGV[2] == '' or (own and string.sub(own, 1, 1) == '\(NewestPhotoScript.tombstone)') then
          redis.call('DEL', KEYS[1])
        else
          redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
        end
        return 1
        """)

    private let photo: PhotoID
    private let newest: PhotoID?
    private let externalID: String
    private let names: TenantKeys

    init(_ photo: PhotoID, newest: PhotoID?, of externalID: String, _ names: TenantKeys) {
        self.photo = photo
        self.newest = newest
        self.externalID = externalID
        self.names = names
    }

    /// Runs the script.
    func run(_ redis: RedisStore) async throws(RedisError) {
        let customer = names.customerPrefix + ReferenceCache.hash(ofCustomer: externalID)
        let own = names.photoPrefix + photo.description
        let next = names.photoPrefix + (newest ?? photo).description
        _ = try await redis.run(Self.script, in: names.slot, keys: [customer, own, next]) { command in
            command.append(photo)
            command.append(newest?.description ?? "")
            command.append(ReferenceCache.lifetimeSeconds)
        }
    }
}
