/// The reason why a transfer has no response.
package struct HTTPClientError: Error, Hashable, Sendable {
    package let message: String
    /// Whether no connection was made, so that nothing was sent.
    var isUnconnected = false

    init(message: String, isUnconnected: Bool = false) {
        self.message = message
        self.isUnconnected = isUnconnected
    }

    static let forbidden = HTTPClientError(message: "the address may not be called")
}
