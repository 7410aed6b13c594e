internal import Domain
internal import Platform

/// Handles the endpoints for events that clients publish to their own webhooks.
final class ClientEventHandler {
    private let intake: EventIntake
    private let authenticator: APIKeyAuthenticator
    private let body: JSONBody
    private var random = SystemRandomSource()

    init(intake: EventIntake, authenticator: APIKeyAuthenticator, body: JSONBody) {
        self.intake = intake
        self.authenticator = authenticator
        self.body = body
    }

    func create(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let events = try await counted(context) { context throws(Problem) in
            let request = try body.read(context.request, EventSchema.create) { reader in EventRequest(&reader) }
            return [try submission(request, context)]
        }
        let ids = try await intake.take(events, context)
        var response = HTTPResponse.json(.accepted) { json in Self.write(ids[0], events[0], &json) }
        if ids[0] != events[0].id { response.set("Idempotent-Replayed", static: "true") }
        return response
    }

    func createBatch(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let events = try await counted(context) { context throws(Problem) in
            let requests = try body.read(context.request, EventSchema.batch) { reader in
                reader.read(EventSchema.events)
            }
            return try submissions(requests, context)
        }
        let ids = try await intake.take(events, context)
        var response = HTTPResponse.json(.accepted, capacity: 8_192) { json in
            json.key("data")
            json.array { json in
                for (id, event) in zip(ids, events) { json.object { json in Self.write(id, event, &json) } }
            }
        }
        if zip(ids, events).allSatisfy({ $0 != $1.id }) { response.set("Idempotent-Replayed", static: "true") }
        return response
    }

    private static func write(_ id: EventID, _ event: EventSubmission, _ json: inout JSONWriter) {
        json.field("id", id)
        json.field("type", event.type)
        json.field("createdAt", id.createdAt)
    }

    /// Reads a request; a refused one counts against the rate limit, too.
    private func counted(
        _ context: KeyContext, _ read: (KeyContext) throws(Problem) -> [EventSubmission]
    ) async throws(Problem) -> [EventSubmission] {
        let refusal: Problem
        do throws(Problem) {
            return try read(context)
        } catch {
            refusal = error
        }
        try await context.count(authenticator)
        throw refusal
    }

    /// An event with its key, which the body or the header names.
    private func submission(_ request: EventRequest, _ context: KeyContext) throws(Problem) -> EventSubmission {
        let header = try header(context)
        if let header, let own = request.idempotencyKey, own != header {
            throw Self.fault("/idempotencyKey", .notAllowed, "must be the Idempotency-Key of the header, or absent")
        }
        let key = (request.idempotencyKey ?? header).map { EventSubmission.Key(scope: "events", text: $0) }
        return EventSubmission(request, id: EventID(at: context.now, random: &random), key: key, context)
    }

    /// The events of a batch: each has a key of its own, or all have that of the header, which stands for the whole body.
    private func submissions(
        _ requests: [EventRequest], _ context: KeyContext
    ) throws(Problem) -> [EventSubmission] {
        let header = try header(context)
        let body = header == nil ? "" : Digest.sha256(context.request.bodyBytes).hexText
        var keys: Set<String> = []
        var events: [EventSubmission] = []
        for (index, request) in requests.enumerated() {
            let pointer = "/events/\(index)/idempotencyKey"
            var key: EventSubmission.Key?
            if let own = request.idempotencyKey {
                if header != nil {
                    throw Self.fault(pointer, .notAllowed, "is not allowed with the header Idempotency-Key")
                }
                if !keys.insert(own).inserted {
                    throw Self.fault(pointer, .duplicateField, "is the key of another event of this request")
                }
                key = EventSubmission.Key(scope: "events", text: own)
            } else if let header {
                key = EventSubmission.Key(scope: "events.batch", text: "\(header)\0\(index)", content: body)
            }
            events.append(
                EventSubmission(request, id: EventID(at: context.now, random: &random), key: key, context))
        }
        return events
    }

    private func header(_ context: KeyContext) throws(Problem) -> String? {
        // Checks it.
        _ = try IdempotencyKey(context, route: "events", body: [])
        return context.request.head.headers[.idempotencyKey]
    }

    private static func fault(_ pointer: String, _ code: FaultCode, _ message: String) -> Problem {
        .invalid([Problem.Fault(pointer: pointer, code: code.rawValue, message: message)])
    }
}
