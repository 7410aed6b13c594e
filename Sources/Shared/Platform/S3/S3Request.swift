/// A request to S3, before it is signed.
struct S3Request {
    /// In capitals.
    let name: String
    /// The path of an object; empty for the bucket itself.
    let path: String
    let method: HTTPClientRequest.Method
    var query: [AWSSignature.Pair] = []
    /// Fields with names in lower case; all of them are signed.
    var fields: [AWSSignature.Pair] = []

    /// Whether a part of an object is asked for.
    var isRange: Bool { fields.contains { $0.name == "range" } }

    /// Creates or replaces an object; S3 checks its SHA-256.
    static func put(_ path: String, _ bytes: [UInt8]) -> S3Request {
        let fields = [
            ("cache-control", "private, max-age=604800, immutable"), ("content-type", mediaType(path)),
            ("x-amz-checksum-sha256", Base64.encode(Digest.sha256(bytes))),
        ]
        return S3Request(name: "PUT", path: path, method: .put(bytes), fields: fields)
    }

    /// Reads an object, or a range of it that is not empty.
    static func get(_ path: String, _ range: Range<Int>?) -> S3Request {
        var request = S3Request(name: "GET", path: path, method: .get)
        if let range { request.fields.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        return request
    }

    static func delete(_ path: String) -> S3Request { S3Request(name: "DELETE", path: path, method: .delete) }

    private static func mediaType(_ path: String) -> String {
        switch path.split(separator: ".").last {
        case "jpg": "image/jpeg"
        case "png": "image/png"
        case "webp": "image/webp"
        default: "application/octet-stream"
        }
    }

    /// The request to a server, signed.
    func signed(
        by signature: AWSSignature, to configuration: S3Configuration
    ) -> HTTPClientRequest {
        let payload = Digest.sha256(method.body ?? []).hexText
        var all = fields + [("x-amz-content-sha256", payload), ("x-amz-date", signature.time)]
        if let token = signature.credentials.sessionToken { all.append(("x-amz-security-token", token)) }
        let place = configuration.path(path)
        let authorization = signature.authorization(
            name, place, query: query, fields: all + [("host", configuration.host)], payload: payload)
        var url = configuration.origin + PercentEncoding.encode(place, keepingSlashes: true)
        if !query.isEmpty { url += "?\(AWSSignature.encoded(query))" }
        var request = HTTPClientRequest(url: url, method: method, bytesMax: S3ObjectStore.objectBytesMax)
        request.fields = all.map { "\($0.name): \($0.value)" } + ["Authorization: \(authorization)"]
        request.wantedFields = ["content-length", "content-range", "transfer-encoding", "x-amz-request-id"]
        request.allowsHTTP = true
        request.timeout = S3ObjectStore.timeout
        return request
    }
}
