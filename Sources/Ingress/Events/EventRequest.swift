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
    /// Nil: it has no idempotency key.
    let idempotency: IdempotencyKey?

    /// An idempotency key of an event.
    struct Key {
        /// What has the key: events, or the events of a batch.
        let scope: String
        let text: String
        /// What must be the same when the key is used again, besides the event.
        var content = ""
    }

    init(_ request: EventRequest, id: EventID, key: Key?, _ context: KeyContext) {
        self.id = id
        type = request.type
        var subject = ""
        if let key {
            // With the organisation: the subject is unique among all of them.
            let tenant = "\(context.key.organizationID)\0\(context.key.environment.rawValue)"
            let hash = Digest.sha256(Array("\(tenant)\0\(key.scope)\0\(key.text)".utf8)).hexText
            var content = JSONWriter()
            content.array { json in
                json.string(key.content)
                json.string(request.type)
                json.value(request.data)
            }
            idempotency = IdempotencyKey(hash: hash, fingerprint: Digest.sha256(content.bytes).hexText)
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
