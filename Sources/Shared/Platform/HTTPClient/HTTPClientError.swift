/// Why a transfer has no answer.
package struct HTTPClientError: Error, Hashable, Sendable {
    package let message: String
}
