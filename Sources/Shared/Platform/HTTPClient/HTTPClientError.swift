/// The reason why a transfer has no response.
package struct HTTPClientError: Error, Hashable, Sendable {
    /// Whose fault it is.
    package enum Cause: Hashable, Sendable {
        /// The host: its name, its connection, its TLS, or its time.
        case host
        /// The host has answered, but not with what may be read.
        case answer
        /// The address may not be called.
        case policy
        /// This process.
        case process
    }

    package let message: String
    package let cause: Cause
    /// Whether no connection was made, so that nothing was sent.
    package var isUnconnected = false

    init(message: String, cause: Cause, isUnconnected: Bool = false) {
        self.message = message
        self.cause = cause
        self.isUnconnected = isUnconnected
    }

    static let forbidden = HTTPClientError(message: "the address may not be called", cause: .policy)
}
