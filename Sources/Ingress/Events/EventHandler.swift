internal import Domain
internal import Platform

/// Handles the endpoints for events that clients publish to their own webhooks.
final class EventHandler {
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
            return try submissions([request], context)
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

    /// The events with their ids and keys: an event without a key of its own takes the one of the header.
    private func submissions(
        _ requests: [EventRequest], _ context: KeyContext
    ) throws(Problem) -> [EventSubmission] {
        // Checks the header.
        _ = try IdempotencyKey(context, route: "events", body: [])
        let header = context.request.head.headers[.idempotencyKey]
        var keys: Set<String> = []
        var events: [EventSubmission] = []
        for (index, request) in requests.enumerated() {
            let fromHeader = header.map { requests.count == 1 ? $0 : "\($0) \(index)" }
            let key = request.idempotencyKey ?? fromHeader
            if let key, !keys.insert(key).inserted {
                throw .invalid([
                    Problem.Fault(
                        pointer: "/events/\(index)/idempotencyKey", code: FaultCode.duplicateField.rawValue,
                        message: "is the key of another event of this request")
                ])
            }
            events.append(
                EventSubmission(request, id: EventID(at: context.now, random: &random), key: key, context))
        }
        return events
    }
}
