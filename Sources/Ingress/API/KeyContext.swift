internal import Domain
internal import Platform

/// A request with an API key.
struct KeyContext {
    let request: RequestContext
    /// A valid key with the endpoint's scope, already counted, unless the access is `isCountedByHandler`.
    let key: APIKey
    /// The scope that the endpoint requires.
    let scope: Scope

    var now: Timestamp { request.now }

    /// An entry of the audit log about a change that this request makes.
    func auditEntry(_ action: AuditEntry.Action, of subjectID: String, detail: String = "") -> AuditEntry {
        AuditEntry(
            action, of: subjectID, in: key.organizationID, by: key.id.description, detail: detail,
            from: request.clientAddress.description, requestID: request.requestID, at: now)
    }

    /// Counts the request and checks the key, for endpoints with `isCountedByHandler`.
    func count(_ authenticator: APIKeyAuthenticator) async throws(Problem) {
        let passed = try await authenticator.authenticate(request.authentication, key, scope)
        request.set(passed.rateLimit.fields(passed.key, at: now))
    }
}
