/// The reason why bytes are not a request that this server accepts.
package struct HTTPParseError: Error, Hashable, Sendable {
    package let status: HTTPStatus
    /// What was wrong, and what is allowed.
    package let detail: String

    init(_ status: HTTPStatus, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    static func malformed(_ detail: String) -> HTTPParseError {
        HTTPParseError(.badRequest, detail)
    }
}
