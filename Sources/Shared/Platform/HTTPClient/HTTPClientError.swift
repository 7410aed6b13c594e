/// The reason why a transfer has no response.
package struct HTTPClientError: Error, Hashable, Sendable {
    package let message: String
}
