/// What came of a transfer.
package struct HTTPClientResponse: Sendable {
    package var status: Int
    package var body: [UInt8]
    package var retryAfter: String?
    /// The address that was dialled.
    package var address: String?
}
