/// A request of the HTTP client.
package struct HTTPClientRequest: Sendable {
    package enum Method: Sendable {
        case get, head, delete
        case post([UInt8])
        case put([UInt8])

        /// The body; nil if the method has none.
        var body: [UInt8]? {
            switch self {
            case .get, .head, .delete: nil
            case .post(let bytes), .put(let bytes): bytes
            }
        }
    }

    package var url: String
    package var method: Method
    /// Complete header lines without CRLF.
    package var fields: [String] = []
    package var connectTimeout = Duration.seconds(3)
    /// From the start to the last byte of the response.
    package var timeout = Duration.seconds(15)
    /// The fields of the response that are kept, in lower case.
    package var wantedFields: [String] = []
    /// Maximum bytes kept of the response body; more ends the transfer, which is an error unless `isCutAllowed`.
    package var bytesMax: Int
    package var isCutAllowed = false
    package var allowsHTTP = false

    package init(url: String, method: Method, bytesMax: Int) {
        self.url = url
        self.method = method
        self.bytesMax = bytesMax
    }
}
