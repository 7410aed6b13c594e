internal import Domain
internal import Platform

/// An event of a request.
struct EventRequest: Sendable {
    let type: String
    let data: JSONNode
    let idempotencyKey: String?

    /// Reads the event.
    init?(_ reader: inout ObjectReader) {
        let type = reader.read(EventSchema.type)
        let data = reader.read(EventSchema.data)
        idempotencyKey = reader.read(EventSchema.idempotencyKey)
        guard let type, let data else { return nil }
        self.type = type
        self.data = data
    }
}

/// An event that is ready to be enqueued.
struct EventSubmission: Sendable {
    let id: EventID
    let type: String
    /// The form in Redis.
    let body: [UInt8]
    /// The hash and the fingerprint of its idempotency key; nil if it has none.
    let idempotency: (hash: String, fingerprint: String)?

    init(_ request: EventRequest, id: EventID, key: String?, _ context: KeyContext) {
        self.id = id
        type = request.type
        var subject = ""
        if let key {
            let environment = context.key.environment.rawValue
            let hash = Digest.sha256(Array("\(environment)\0events\0\(key)".utf8)).hexText
            var content = JSONWriter()
            content.array { json in
                json.string(request.type)
                json.value(request.data)
            }
            idempotency = (hash, Digest.sha256(content.bytes).hexText)
            // As long as an id: the column holds ids.
            subject = "key_\(hash.prefix(26))"
        } else {
            idempotency = nil
        }
        body =
            ClientEvent(
                environment: context.key.environment, type: request.type, subjectID: subject,
                requestID: context.request.requestID, traceparent: context.request.traceparent, data: request.data
            ).json.bytes
    }
}
