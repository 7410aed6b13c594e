internal import Platform

/// The names of all Redis keys.
///
/// An organisation belongs to one shard. All its keys have the shard's hash tag, so that a script uses one hash slot.
package struct RedisKeys: Sendable {
    package let shardCount: Int
    private let slots: [RedisSlot]

    package init(shardCount: Int) {
        precondition((1...1_024).contains(shardCount), "a shard count out of bounds")
        self.shardCount = shardCount
        slots = (0..<shardCount).map { RedisSlot(key: Self.tag($0)) }
    }

    /// The slot of every key of a shard.
    package func slot(ofShard shard: Int) -> RedisSlot { slots[shard] }

    /// The slot of every key of an organisation.
    package func slot(of organization: OrganizationID) -> RedisSlot { slots[shard(of: organization)] }

    package func shard(of organization: OrganizationID) -> Int {
        Int(Checksum.crc16(Array(organization.description.utf8)[...])) % shardCount
    }

    /// The hash tag of a shard: `{s07}`.
    private static func tag(_ shard: Int) -> String {
        shard < 10 ? "{s0\(shard)}" : "{s\(shard)}"
    }

    private func tag(of organization: OrganizationID) -> String { Self.tag(shard(of: organization)) }

    /// String: theoretical arrival time of the API key's next request, in µs since 1970 (GCRA).
    package func rateLimit(_ organization: OrganizationID, key: APIKeyID) -> String {
        "ratelimit:api:\(tag(of: organization)):\(key)"
    }

    /// String: number of failed authentications of an address in its window.
    package func addressLimit(_ address: String) -> String {
        "ratelimit:address:\(address)"
    }

    /// Hash: balance, version, held, status, authVersion.
    package func credits(_ organization: OrganizationID) -> String {
        "credits:\(tag(of: organization)):\(organization)"
    }

    /// String: exists for a second after admission has read the organisation's credits from MariaDB.
    package func creditsRead(_ organization: OrganizationID) -> String {
        "creditsread:\(tag(of: organization)):\(organization)"
    }

    /// Hash: session id → credits that admission holds for it.
    package func holds(_ organization: OrganizationID) -> String {
        "holds:\(tag(of: organization)):\(organization)"
    }

    /// The prefix of the idempotency keys of a shard; `IdempotencyLua` appends a day and a part of the key's hash.
    ///
    /// Hashes: digits of the key's hash → fingerprint, id and credits remaining of the request with this key.
    package func idempotencyPrefix(shard: Int) -> String { "idempotency:\(Self.tag(shard)):" }

    /// String: the id of a customer's newest photo, or a tombstone.
    package func customerReference(
        _ organization: OrganizationID, _ environment: TenantEnvironment, externalIDHash: String
    ) -> String {
        reference(organization, environment, "customer") + externalIDHash
    }

    /// The prefix of the references of one kind.
    ///
    /// Strings: of a photo, the hash of its customer's external id, or a tombstone; of a garment, its category, or `-`.
    package func reference(_ organization: OrganizationID, _ environment: TenantEnvironment, _ kind: String) -> String {
        "ref:\(tag(of: organization)):\(organization):\(environment.rawValue):\(kind):"
    }

    // MARK: Queues

    /// The prefix of every key of one queue in one shard; `QueueLua` lists them.
    package func queue(_ queue: QueueName, shard: Int) -> String {
        "queue:\(Self.tag(shard)):\(queue.text)"
    }

    /// List: the ids of the jobs that wait in one lane, newest first.
    package func lane(_ queue: QueueName, shard: Int, _ lane: String) -> String {
        "\(self.queue(queue, shard: shard)):lane:\(lane)"
    }

    /// List: the ids of the jobs that a worker holds, newest first.
    package func processing(_ place: QueuePlace, boot: String) -> String {
        "\(queue(place.queue, shard: place.shard)):processing:\(boot)"
    }

    /// Sorted set: the ids of the jobs that are not due, by their due time (ms).
    package func delayed(_ place: QueuePlace) -> String { "\(queue(place.queue, shard: place.shard)):delayed" }

    /// Sorted set: the workers of a queue, by the end of their lease (ms).
    package func leases(_ place: QueuePlace) -> String { "\(queue(place.queue, shard: place.shard)):leases" }

    /// Hash: one job.
    package func job(_ queue: QueueName, shard: Int, _ id: String) -> String {
        jobPrefix(queue, shard: shard) + id
    }

    /// The key prefix of a queue's jobs.
    package func jobPrefix(_ queue: QueueName, shard: Int) -> String {
        "\(queue.jobPrefix):\(Self.tag(shard)):"
    }

    /// Hash: the circuit breaker of a webhook's endpoint; `CircuitBreakerLua` lists its fields.
    package func circuitBreaker(_ webhook: WebhookID, shard: Int) -> String {
        "\(circuitBreakerPrefix(shard: shard))\(webhook)"
    }

    package func circuitBreakerPrefix(shard: Int) -> String { "breaker:\(Self.tag(shard)):" }

    /// Sorted set: webhooks whose circuit breaker is not closed, by the time of the next probe (ms).
    package func openBreakers(shard: Int) -> String { "\(queue(.webhooks, shard: shard)):broken" }

    /// String: time of the last tick of this queue (ms).
    package func pulse(_ queue: QueueName, shard: Int) -> String { "\(self.queue(queue, shard: shard)):pulse" }

    /// Stream: the jobs that no handler can process.
    package func deadLetters(_ queue: QueueName, shard: Int) -> String { "\(self.queue(queue, shard: shard)):dead" }

    /// String: the process that reconciles Redis with MariaDB.
    package var reconcilerLease: String { "lease:reconciler" }

    /// String: exists while an ingress watches sessions of this shard.
    package func watchers(shard: Int) -> String { "watchers:\(Self.tag(shard))" }

    /// String: the process that deletes what is older than its period.
    package var retentionLease: String { "lease:retention" }

    /// The channel of the ids of watched sessions that have changed.
    package static let watchChannel = "watch"

    /// The channel that wakes one worker process.
    package func wakeChannel(_ boot: String) -> String { "wake:\(boot)" }

    // MARK: Reading names

    /// What a key of a queue holds.
    package enum QueueKey: Hashable, Sendable {
        case lane(QueuePlace, String)
        case processing(QueuePlace, boot: String)
        case job(QueuePlace, id: String)
        /// The credits or the holds of an organisation.
        case account(OrganizationID)
    }

    /// What a key is; nil for every other key.
    package func parse(_ name: String) -> QueueKey? {
        let parts = name.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts[1].hasPrefix("{s"), let shard = Int(parts[1].dropFirst(2).dropLast()) else {
            return nil
        }
        if parts.count == 5, parts[0] == "queue", let queue = QueueName.all.first(where: { $0.text == parts[2] }) {
            let place = QueuePlace(queue, shard: shard)
            switch parts[3] {
            case "lane": return .lane(place, parts[4])
            case "processing": return .processing(place, boot: parts[4])
            default: return nil
            }
        }
        guard parts.count == 3 else { return nil }
        if ["credits", "holds"].contains(parts[0]) { return OrganizationID(parts[2]).map { .account($0) } }
        // Of the queues that share a prefix, the first has the jobs.
        guard let queue = QueueName.all.first(where: { $0.jobPrefix == parts[0] }) else { return nil }
        return .job(QueuePlace(queue, shard: shard), id: parts[2])
    }
}
