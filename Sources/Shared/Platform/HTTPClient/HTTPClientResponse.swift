/// The response to a request of the HTTP client.
package struct HTTPClientResponse: Sendable {
    package var status: Int
    package var body: [UInt8]
    /// The wanted fields that it has; names are in lower case.
    package var fields: [String: String]
    /// The IP address of the server that was called.
    package var address: String?
    /// Whether it came over a connection that an earlier request had made.
    package var isConnectionReused: Bool
}
