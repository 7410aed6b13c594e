/// Where objects are stored in S3, and with whose keys.
package struct S3Configuration: Sendable {
    package let bucket: String
    package let region: String
    /// The URL of a server that is compatible with S3, without a path; nil: AWS.
    package let endpoint: String?
    /// Nil: those of the role of the machine.
    package let credentials: AWSCredentials?
    /// The instance metadata service.
    package let metadataURL: String

    package init(
        bucket: String, region: String, endpoint: String?, credentials: AWSCredentials?, metadataURL: String
    ) {
        self.bucket = bucket
        self.region = region
        self.endpoint = endpoint
        self.credentials = credentials
        self.metadataURL = metadataURL
    }

    /// Scheme and host; a bucket with dots, and one of another server, stands in the path: a certificate would not match.
    var origin: String {
        endpoint ?? (isInPath ? "https://s3.\(region).amazonaws.com" : "https://\(bucket).s3.\(region).amazonaws.com")
    }

    /// As clients send it: without the port of the scheme.
    var host: String {
        let host = origin.split(separator: "/").last.map(String.init) ?? ""
        let port = origin.hasPrefix("https:") ? ":443" : ":80"
        return host.hasSuffix(port) ? String(host.dropLast(port.count)) : host
    }

    private var isInPath: Bool { endpoint != nil || bucket.contains(".") }

    /// The path of an object in URLs, not encoded.
    func path(_ name: String) -> String { isInPath ? "/\(bucket)/\(name)" : "/\(name)" }
}
