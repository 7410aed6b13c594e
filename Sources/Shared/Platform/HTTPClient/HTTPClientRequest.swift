/// What a transfer is to do.
package struct HTTPClientRequest: Sendable {
    package enum Method: Sendable {
        case get
        case post([UInt8])
    }

    package var url: String
    package var method: Method
    /// Whole lines without their ends.
    package var fields: [String] = []
    package var connectTimeout = Duration.seconds(3)
    /// From the beginning to the last byte of the answer.
    package var timeout = Duration.seconds(15)
    /// What is kept of an answer; more ends the transfer or is dropped.
    package var bytesMax: Int
    package var isCutAllowed = false
    package var allowsHTTP = false

    package init(url: String, method: Method, bytesMax: Int) {
        self.url = url
        self.method = method
        self.bytesMax = bytesMax
    }
}
