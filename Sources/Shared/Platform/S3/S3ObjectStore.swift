/// Stores files in a bucket of S3, or of a server that is compatible with it.
///
/// A put is atomic there: a reader sees the old object or the new one. Connections are reused; there is a store for each loop.
// Invariant: all state is used on the loop that the store was made for; `HTTPClient` asserts it.
package final class S3ObjectStore: ObjectStore, @unchecked Sendable {
    private static let triesMax = 5
    private static let linkSeconds = 300
    private static let objectBytesMax = 64 << 20
    private static let timeout = Duration.seconds(30)
    private let configuration: S3Configuration
    private let loop: EventLoop
    private let client: HTTPClient
    private let source: AWSCredentialSource
    private let clock: any WallClock
    private let logger: Logger

    package init(
        _ configuration: S3Configuration, loop: EventLoop, resolver: HostResolver, clock: any WallClock, logger: Logger
    ) {
        self.configuration = configuration
        self.loop = loop
        client = HTTPClient(loop: loop, policy: .ofOperator, resolver: resolver, connectionsMax: 64)
        source = AWSCredentialSource(configuration, client: client, clock: clock)
        self.clock = clock
        self.logger = logger
    }

    // MARK: Operations

    package func put(_ path: String, _ bytes: [UInt8]) async -> Result<Void, ObjectStoreError> {
        let digest = Digest.sha256(bytes)
        let fields = [
            ("cache-control", "private, max-age=604800, immutable"), ("content-type", Self.mediaType(path)),
            ("x-amz-checksum-sha256", Base64.encode(digest)),
        ]
        return await run("PUT", path, .put(bytes), payload: digest.hexText, fields).flatMap { answer in
            answer == nil ? .failure(.refused("the bucket is missing")) : .success(())
        }
    }

    package func get(_ path: String) async -> Result<[UInt8], ObjectStoreError> {
        await run("GET", path, .get).flatMap { answer in
            answer.map { .success($0.body) } ?? .failure(.missing(path))
        }
    }

    /// A link to the object itself: its bytes do not go through this process.
    package func open(_ path: String) async -> Result<ObjectContent, ObjectStoreError> {
        guard let credentials = await source.credentials() else { return .failure(.unavailable(Self.noCredentials)) }
        let now = clock.now()
        var seconds = Self.linkSeconds
        // A link dies with the keys that have signed it.
        if let end = credentials.expiresAt { seconds = min(seconds, Int(end.unixSeconds - now.unixSeconds)) }
        let signature = AWSSignature(credentials: credentials, region: configuration.region, now: now)
        let place = configuration.path(path)
        let query = signature.presignedQuery(place, host: configuration.host, lifetimeSeconds: max(1, seconds))
        let encoded = PercentEncoding.encode(place, keepingSlashes: true)
        return .success(.link("\(configuration.origin)\(encoded)?\(query)"))
    }

    package func delete(_ path: String) async -> Result<Void, ObjectStoreError> {
        await run("DELETE", path, .delete).map { _ in }
    }

    /// An interrupted put leaves nothing.
    package func deletePartialFiles(olderThan age: Duration) async {}

    // MARK: Requests

    private static let noCredentials = "there are no credentials: neither keys nor a role of this machine"
    private static let empty = Digest.sha256([]).hexText

    private static func mediaType(_ path: String) -> String {
        switch path.split(separator: ".").last {
        case "jpg": "image/jpeg"
        case "png": "image/png"
        case "webp": "image/webp"
        default: "application/octet-stream"
        }
    }

    /// Sends a request until it is answered; each try is signed again.
    /// - Returns: nil if there is no such object.
    private func run(
        _ name: String, _ path: String, _ method: HTTPClientRequest.Method, payload: String = empty,
        _ fields: [AWSSignature.Pair] = []
    ) async -> Result<HTTPClientResponse?, ObjectStoreError> {
        var backoff = Backoff(first: .milliseconds(100), most: .seconds(3))
        var reason = ""
        for attempt in 1...Self.triesMax {
            if attempt > 1 { await loop.sleep(for: backoff.next()) }
            guard let credentials = await source.credentials() else {
                return .failure(.unavailable(Self.noCredentials))
            }
            switch await client.send(request(name, path, method, payload, fields, credentials)) {
            case .failure(let error): reason = error.message
            case .success(let answer):
                switch S3Answer(answer) {
                case .done where name == "GET" && !Self.isWhole(answer): reason = "the answer was cut off"
                case .done: return .success(answer)
                case .missing: return .success(nil)
                case .retry(let text): reason = text
                case .expired:
                    source.forget()
                    reason = "the keys have expired"
                case .refused(let text):
                    logger.error("S3 refuses a request", .text("method", name), .text("reason", text))
                    return .failure(.refused(text))
                }
            }
        }
        logger.warning("S3 did not do what was asked", .text("method", name), .text("reason", reason))
        return .failure(.unavailable(reason))
    }

    /// Whether an answer has said how long it is, and is that long.
    private static func isWhole(_ answer: HTTPClientResponse) -> Bool {
        answer.fields["content-length"] == "\(answer.body.count)"
            || answer.fields["transfer-encoding"]?.lowercased().contains("chunked") == true
    }

    private func request(
        _ name: String, _ path: String, _ method: HTTPClientRequest.Method, _ payload: String,
        _ fields: [AWSSignature.Pair], _ credentials: AWSCredentials
    ) -> HTTPClientRequest {
        let signature = AWSSignature(credentials: credentials, region: configuration.region, now: clock.now())
        var signed = fields + [("x-amz-content-sha256", payload), ("x-amz-date", signature.time)]
        if let token = credentials.sessionToken { signed.append(("x-amz-security-token", token)) }
        let place = configuration.path(path)
        let authorization = signature.authorization(
            name, place, fields: signed + [("host", configuration.host)], payload: payload)
        let url = configuration.origin + PercentEncoding.encode(place, keepingSlashes: true)
        var request = HTTPClientRequest(url: url, method: method, bytesMax: Self.objectBytesMax)
        request.fields = signed.map { "\($0.name): \($0.value)" } + ["Authorization: \(authorization)"]
        request.wantedFields = ["content-length", "transfer-encoding", "x-amz-request-id"]
        request.allowsHTTP = true
        request.timeout = Self.timeout
        return request
    }
}
