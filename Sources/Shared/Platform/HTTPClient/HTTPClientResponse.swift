/// The response to a request of the HTTP client.
package struct HTTPClientResponse: Sendable {
    package var status: Int
    package var body: [UInt8]
    package var retryAfter: String?
    /// The IP address of the server that was called.
    package var address: String?
}
