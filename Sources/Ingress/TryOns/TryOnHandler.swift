internal import Domain
internal import Platform

/// Handles the endpoints for cart try-ons.
final class TryOnHandler {
    private let admission: Admission
    private let authenticator: APIKeyAuthenticator
    private let sessions: SessionFinder
    private let cancellation: SessionCancellation
    private let body: JSONBody
    private let links: SignedLinks
    private let rules: URLRules
    private var random = SystemRandomSource()

    init(
        admission: Admission, authenticator: APIKeyAuthenticator, sessions: SessionFinder,
        cancellation: SessionCancellation, body: JSONBody, links: SignedLinks,
        rules: URLRules
    ) {
        self.admission = admission
        self.authenticator = authenticator
        self.sessions = sessions
        self.cancellation = cancellation
        self.body = body
        self.links = links
        self.rules = rules
    }

    // MARK: Accepting

    func create(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let (request, job) = try await read(context)
        let id = SessionID(at: context.now, random: &random)
        let accepted = try await admission.admit(context, id, job, photo: request.photoID)
        var response = Self.response(accepted.id, job, creditsRemaining: accepted.creditsRemaining)
        response.fields.append("Location", path: "/api/v1/cart-tryons/", accepted.id)
        if accepted.isReplay { response.set("Idempotent-Replayed", static: "true") }
        return response
    }

    /// Reads the request; a refused request counts against the rate limit, too.
    private func read(_ context: KeyContext) async throws(Problem) -> (TryOnRequest, TryOnJob) {
        let refusal: Problem
        do throws(Problem) {
            return try parse(context)
        } catch {
            refusal = error
        }
        try await context.count(authenticator)
        throw refusal
    }

    private func parse(_ context: KeyContext) throws(Problem) -> (TryOnRequest, TryOnJob) {
        let name = try IdempotencyKey(context, route: "cart-tryons", body: context.request.bodyBytes)
        let request = try body.read(context.request, TryOnSchema.create) { reader in TryOnRequest(&reader) }
        try check(request.items)
        let key = context.key
        let job = TryOnJob(
            organizationID: key.organizationID, environment: key.environment, keyID: key.id,
            customerID: request.customerID, cartID: request.cartID, quality: request.quality, items: request.items,
            metadata: request.metadata, requestID: context.request.requestID,
            traceparent: context.request.traceparent, idempotencyHash: name?.hash, fingerprint: name?.fingerprint)
        return (request, job)
    }

    /// Checks where garments are fetched from.
    private func check(_ items: [TryOnJob.Item]) throws(Problem) {
        let faults = FaultList()
        for (index, item) in items.enumerated() {
            guard let fault = item.garmentURL.flatMap({ rules.fault(of: $0) }) else { continue }
            faults.add("/items/\(index)/garmentUrl", .invalidURL, fault)
        }
        try faults.check()
    }

    /// The response to an admission; it is the same for a replay.
    private static func response(_ id: SessionID, _ job: TryOnJob, creditsRemaining: Int64) -> HTTPResponse {
        .json(.created) { json in
            json.field("id", id)
            json.field("status", SessionStatus.queued.rawValue)
            json.field("cartId", job.cartID)
            json.field("quality", job.quality.rawValue)
            json.field("creditsHeld", job.costCredits)
            json.field("creditsRemaining", creditsRemaining)
            json.key("items")
            json.array { json in
                for (position, item) in job.items.enumerated() {
                    json.object { json in
                        json.field("id", TryOnJob.itemID(id, position))
                        json.field("sku", item.sku)
                        json.field("status", ItemStatus.queued.rawValue)
                    }
                }
            }
            json.field("createdAt", id.createdAt)
        }
    }

    // MARK: Showing

    func read(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: SessionID = try context.request.id(0, "cart try-on")
        guard let view = try await sessions.find(id, context.key) else { throw .notFound("cart try-on") }
        return response(.ok, view, context)
    }

    private func response(_ status: HTTPStatus, _ view: SessionView, _ context: KeyContext) -> HTTPResponse {
        .json(status, capacity: 1_024) { json in
            view.write(to: &json) { links.address(of: $0, at: context.now) }
        }
    }

    /// Cancels a session; 200 if it is canceled, 202 if a worker has begun it.
    func cancel(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let id: SessionID = try context.request.id(0, "cart try-on")
        switch try await cancellation.cancel(id, context.key) {
        case .canceled(let view): return response(.ok, view, context)
        case .requested(let view): return response(.accepted, view, context)
        }
    }

    /// Lists sessions, newest first.
    func list(_ context: KeyContext) async throws(Problem) -> HTTPResponse {
        let page = try Page<SessionID>(context.request)
        let views = try await sessions.list(
            context.key, before: page.before, limit: page.limit, parameters: page.parameters)
        return page.response(views, id: \.id) { view, json in
            view.write(to: &json) { links.address(of: $0, at: context.now) }
        }
    }
}
