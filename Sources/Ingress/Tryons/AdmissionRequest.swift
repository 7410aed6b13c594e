internal import Shared

/// The keys and arguments of the admission script.
struct AdmissionRequest {
    let id: SessionID
    let ticket: SessionTicket
    let photo: PhotoID?
    var key: APIKey
    private let customerHash: String
    /// An answer to it was lost: it may have been accepted.
    var isUncertain = false
    /// The references were just read anew.
    var areReferencesFresh = false

    init(id: SessionID, ticket: SessionTicket, photo: PhotoID?, key: APIKey) {
        self.id = id
        self.ticket = ticket
        self.photo = photo
        self.key = key
        customerHash = ReferenceFiller.hash(ofCustomer: ticket.customerID)
    }

    var keys: [String] {
        let names = key.names
        var keys = [
            names.rateLimit, names.credits, names.holds, names.session(id),
            names.idempotency(hash: ticket.idempotencyHash ?? "none"), names.queue, names.waiters,
            photo.map { names.photoReference($0) } ?? names.customerReference(externalIDHash: customerHash),
        ]
        for item in ticket.items {
            if let garment = item.garmentID { keys.append(names.garmentReference(garment)) }
        }
        return keys
    }

    func arguments(_ command: inout RedisCommand) {
        command.append(key.authVersion)
        command.append(key.emissionIntervalUs)
        command.append(key.burstUs)
        command.append(id)
        command.append(key.names.lane)
        command.append(Int64(ticket.costCredits))
        command.append(Int64(ticket.weight))
        command.append(bytes: ticket.encoded)
        command.append(ticket.idempotencyHash == nil ? "" : ticket.fingerprint ?? "")
        command.append(IdempotencyKey.lifetime.milliseconds() / 1_000)
        command.append(areReferencesFresh ? "1" : "0")
        command.append(key.names.wakeMessage)
        command.append(Admission.laneSessionsMax)
        command.append(photo?.description ?? "")
        command.append(customerHash)
        for item in ticket.items where item.garmentID != nil { command.append(item.category != nil ? "1" : "0") }
    }
}
