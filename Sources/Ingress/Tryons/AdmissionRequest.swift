internal import Shared

/// The keys and arguments of the admission script.
struct AdmissionRequest {
    let id: SessionID
    let ticket: SessionTicket
    let photo: PhotoID?
    private let shard: Int
    var key: APIKey
    /// The references were just read anew.
    var areReferencesFresh = false

    init(id: SessionID, ticket: SessionTicket, photo: PhotoID?, key: APIKey, shard: Int) {
        self.shard = shard
        self.id = id
        self.ticket = ticket
        self.photo = photo
        self.key = key
    }

    /// Items that name a stored garment.
    private var stored: [(id: GarmentID, hasCategory: Bool)] {
        ticket.items.compactMap { item in item.garmentID.map { ($0, item.category != nil) } }
    }

    func keys(_ keys: RedisKeys) -> [String] {
        let organization = ticket.organizationID
        let customer =
            photo.map { keys.photoReference(organization, ticket.environment, $0) }
            ?? keys.customerReference(organization, ticket.environment, externalIDHash: customerHash)
        return [
            keys.rateLimit(organization, key: key.id), keys.credits(organization), keys.holds(organization),
            keys.job(.sessions, shard: shard, id.description),
            keys.idempotency(organization, hash: ticket.idempotencyHash ?? "none"),
            keys.queue(.sessions, shard: shard), keys.waiters(.sessions, shard: shard), customer,
        ] + stored.map { keys.garmentReference(organization, ticket.environment, $0.id) }
    }

    func arguments(_ command: inout RedisCommand) {
        command.append(key.authVersion)
        command.append(key.emissionIntervalUs)
        command.append(key.burstUs)
        command.append(id.description)
        command.append(ticket.organizationID.description)
        command.append(Int64(ticket.costCredits))
        command.append(Int64(ticket.weight))
        command.append(bytes: ticket.encoded)
        command.append(ticket.idempotencyHash == nil ? "" : ticket.fingerprint ?? "")
        command.append(IdempotencyKey.lifetime.milliseconds() / 1_000)
        command.append(areReferencesFresh ? "1" : "0")
        command.append(WakeMessage(queue: .sessions, shard: shard).text)
        command.append(Admission.laneSessionsMax)
        command.append(photo?.description ?? "")
        command.append(customerHash)
        for garment in stored { command.append(garment.hasCategory ? "1" : "0") }
    }

    private var customerHash: String { ReferenceFiller.hash(ofCustomer: ticket.customerID) }
}
