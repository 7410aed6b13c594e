/// Signs requests to S3 by AWS Signature Version 4.
///
/// Not by libcurl: its signer in Debian 12 signs queries as they are written, and headers that it does not send.
///
/// Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
package struct AWSSignature: Sendable {
    package let credentials: AWSCredentials
    package let region: String
    let now: Timestamp

    package init(credentials: AWSCredentials, region: String, now: Timestamp) {
        self.credentials = credentials
        self.region = region
        self.now = now
    }

    /// A header field or a parameter; names of fields are in lower case.
    package typealias Pair = (name: String, value: String)

    /// The time as `20130524T000000Z`.
    package var time: String {
        let digits = now.sqlText.prefix(19).filter { $0.isNumber }
        return "\(digits.prefix(8))T\(digits.dropFirst(8))Z"
    }

    private var scope: String { "\(time.prefix(8))/\(region)/s3/aws4_request" }

    /// The value of the field `Authorization`.
    ///
    /// - Parameters:
    ///   - method: in capitals.
    ///   - path: not encoded, beginning with a slash.
    ///   - query: parameters that are not encoded.
    ///   - fields: all fields that are signed, among them `host`.
    ///   - payload: SHA-256 of the body in hexadecimal digits.
    /// - Returns: algorithm, scope, names of the signed fields, and signature.
    package func authorization(
        _ method: String, _ path: String, query: [Pair] = [], fields: [Pair], payload: String
    ) -> String {
        let names = fields.map(\.name).sorted().joined(separator: ";")
        let signature = signature(method, path, Self.encoded(query), fields, payload)
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), "
            + "Signature=\(signature)"
    }

    /// The query of a URL by which anyone may read an object until it expires.
    package func presignedQuery(
        _ method: String, _ path: String, host: String, lifetimeSeconds: Int, more: [Pair] = []
    ) -> String {
        var query =
            more + [
                ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope)"),
                ("X-Amz-Date", time), ("X-Amz-Expires", "\(lifetimeSeconds)"), ("X-Amz-SignedHeaders", "host"),
            ]
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token)) }
        let text = Self.encoded(query)
        let signature = signature(method, path, text, [("host", host)], "UNSIGNED-PAYLOAD")
        return "\(text)&X-Amz-Signature=\(signature)"
    }

    private func signature(
        _ method: String, _ path: String, _ query: String, _ fields: [Pair], _ payload: String
    ) -> String {
        let sorted = fields.sorted { $0.name < $1.name }
        let lines = sorted.map { "\($0.name):\($0.value)\n" }.joined()
        let names = sorted.map(\.name).joined(separator: ";")
        let request =
            "\(method)\n\(PercentEncoding.encode(path, keepingSlashes: true))\n\(query)\n\(lines)\n\(names)\n\(payload)"
        let digest = Digest.sha256(Array(request.utf8)).hexText
        var key = Array("AWS4\(credentials.secretAccessKey)".utf8)
        for part in [String(time.prefix(8)), region, "s3", "aws4_request"] {
            key = HMAC.sha256(Array(part.utf8), key: key)
        }
        return HMAC.sha256(Array("AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(digest)".utf8), key: key).hexText
    }

    /// Parameters as they are signed and sent: encoded, and sorted by their encoded names.
    static func encoded(_ query: [Pair]) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }
}
