/// Stores files in a bucket of S3, or of a server that is compatible with it.
///
/// A put is atomic there: a reader sees the old object or the new one. Connections are reused; there is a store for each loop.
// Invariant: all state is used on the loop that the store was made for; `HTTPClient` asserts it.
package final class S3ObjectStore: ObjectStore, @unchecked Sendable {
    private static let triesMax = 5
    private static let linkSeconds = 300
    /// Refused deletions after which the rest is not tried.
    private static let refusalsMax = 8
    static let objectBytesMax = 64 << 20
    static let timeout = Duration.seconds(30)
    private let configuration: S3Configuration
    private let loop: EventLoop
    private let client: HTTPClient
    private let source: AWSCredentialSource
    private let clock: any WallClock
    private let logger: Logger
    /// Whether the server deletes many objects at once; not every one that is compatible with S3 does.
    private var hasBatches = true

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
        await run(.put(path, bytes)).flatMap { answer in
            answer == nil ? .failure(.refused("the bucket is missing")) : .success(())
        }
    }

    package func get(_ path: String, _ range: Range<Int>?) async -> Result<[UInt8], ObjectStoreError> {
        guard let range else { return await whole(path) }
        if range.isEmpty { return await get(path, 0..<1).map { _ in [] } }
        return await run(.get(path, range)).flatMap { answer in
            guard let answer else { return .failure(.missing(path)) }
            switch answer.status {
            // The object ends before the range.
            case 416: return .success([])
            case 206: return .success(answer.body)
            // rclone answers 200 with the part; other servers may know no ranges.
            default:
                let part = answer.fields["content-range"] == nil ? range.clamped(to: answer.body.indices) : nil
                return .success(part.map { Array(answer.body[$0]) } ?? answer.body)
            }
        }
    }

    private func whole(_ path: String) async -> Result<[UInt8], ObjectStoreError> {
        await run(.get(path, nil)).flatMap { answer in
            answer.map { .success($0.body) } ?? .failure(.missing(path))
        }
    }

    /// A link to the object itself: its bytes do not go through this process.
    package func open(_ path: String, isHead: Bool) async -> Result<ObjectContent, ObjectStoreError> {
        guard let credentials = await source.credentials() else { return .failure(.unavailable(Self.noCredentials)) }
        let now = clock.now()
        var seconds = Self.linkSeconds
        // A link dies with the keys that have signed it.
        if let end = credentials.expiresAt { seconds = min(seconds, Int(end.unixSeconds - now.unixSeconds)) }
        let signature = AWSSignature(credentials: credentials, region: configuration.region, now: now)
        let place = configuration.path(path)
        let query = signature.presignedQuery(
            isHead ? "HEAD" : "GET", place, host: configuration.host, lifetimeSeconds: max(1, seconds))
        let encoded = PercentEncoding.encode(place, keepingSlashes: true)
        return .success(.link("\(configuration.origin)\(encoded)?\(query)"))
    }

    package func delete(_ paths: [String]) async -> [UndeletedObject] {
        var left: [UndeletedObject] = []
        for start in stride(from: 0, to: paths.count, by: S3BatchDeletion.objectsMax) {
            left += await deleteAtOnce(paths[start..<min(start + S3BatchDeletion.objectsMax, paths.count)])
        }
        return left
    }

    private func deleteAtOnce(_ paths: ArraySlice<String>) async -> [UndeletedObject] {
        guard hasBatches, paths.count > 1 else { return await deleteEach(paths) }
        switch await run(S3BatchDeletion.request(paths)) {
        case .success(let answer?):
            guard let failures = S3BatchDeletion.failures(in: answer.body, of: paths) else {
                logger.error("S3 does not say what it has deleted", .number("count", paths.count))
                return Self.undeleted(paths, .unavailable("the answer confirms nothing"))
            }
            if !failures.isEmpty { logger.warning("S3 has not deleted some objects", .number("count", failures.count)) }
            return paths.compactMap { path in
                failures[path].map { UndeletedObject(path: path, error: .unavailable($0)) }
            }
        // The batch may be what is refused.
        case .success(nil), .failure(.refused): return await deleteEach(paths)
        case .failure(let error): return Self.undeleted(paths, error)
        }
    }

    /// One after the other, until the store does not answer, or refuses several.
    private func deleteEach(_ paths: ArraySlice<String>) async -> [UndeletedObject] {
        var left: [UndeletedObject] = []
        for (index, path) in zip(paths.indices, paths) {
            guard case .failure(let error) = await run(.delete(path)) else { continue }
            if case .refused = error, left.count < Self.refusalsMax {
                left.append(UndeletedObject(path: path, error: error))
            } else {
                return left + Self.undeleted(paths[index...], error)
            }
        }
        return left
    }

    private static func undeleted(_ paths: ArraySlice<String>, _ error: ObjectStoreError) -> [UndeletedObject] {
        paths.map { UndeletedObject(path: $0, error: error) }
    }

    /// An interrupted put leaves nothing.
    package func deletePartialFiles(olderThan age: Duration) async {}

    // MARK: Requests

    private static let noCredentials = "there are no credentials: neither keys nor a role of this machine"

    /// Sends a request until it is answered; each try is signed again.
    /// - Returns: nil if there is no such object.
    private func run(_ request: S3Request) async -> Result<HTTPClientResponse?, ObjectStoreError> {
        var backoff = Backoff(first: .milliseconds(100), most: .seconds(3))
        var reason = ""
        for attempt in 1...Self.triesMax {
            if attempt > 1 { await loop.sleep(for: backoff.next()) }
            guard let credentials = await source.credentials() else {
                return .failure(.unavailable(Self.noCredentials))
            }
            let signature = AWSSignature(credentials: credentials, region: configuration.region, now: clock.now())
            switch await client.send(request.signed(by: signature, to: configuration)) {
            case .failure(let error): reason = error.message
            case .success(let answer):
                switch S3Answer(answer, to: request) {
                case .done where request.name == "GET" && !Self.isWhole(answer): reason = "the answer was cut off"
                case .done: return .success(answer)
                case .missing: return .success(nil)
                case .retry(let text): reason = text
                case .expired:
                    source.forget()
                    reason = "the keys have expired"
                case .unsupported(let text):
                    logger.warning("S3 does not have a request", .text("method", request.name), .text("reason", text))
                    if request.name == "POST" { hasBatches = false }
                    return .failure(.refused(text))
                case .refused(let text):
                    logger.error("S3 refuses a request", .text("method", request.name), .text("reason", text))
                    return .failure(.refused(text))
                }
            }
        }
        logger.warning("S3 did not do what was asked", .text("method", request.name), .text("reason", reason))
        return .failure(.unavailable(reason))
    }

    /// Whether an answer has said how long it is, and is that long.
    private static func isWhole(_ answer: HTTPClientResponse) -> Bool {
        answer.fields["content-length"] == "\(answer.body.count)"
            || answer.fields["transfer-encoding"]?.lowercased().contains("chunked") == true
    }
}
