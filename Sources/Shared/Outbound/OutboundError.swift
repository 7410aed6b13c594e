/// Why a transfer has no answer.
package struct OutboundError: Error, Hashable, Sendable {
    package let message: String
}
