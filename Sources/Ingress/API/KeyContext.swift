internal import Domain
internal import Platform

/// A request with its API key.
struct KeyContext {
    let request: RequestContext
    /// Counted, valid and of the endpoint's scope, unless the endpoint counts for itself.
    let key: APIKey
    /// What the endpoint needs.
    let scope: Scope

    var now: Timestamp { request.now }

    /// Counts the request, and checks the key: for endpoints that count for themselves.
    func count(_ authenticator: APIKeyAuthenticator) async throws(Problem) {
        let passed = try await authenticator.authenticate(request.authentication, key, scope)
        request.set(passed.rateLimit.fields(passed.key, at: now))
    }
}
