internal import Domain
internal import Platform

/// Makes pictures by a server of the cog protocol.
///
/// A prediction has the item's id, so a server that is still busy with it says so instead of beginning again.
final class ModelRenderer: Renderer {
    private static let answerBytesMax = 16 << 20
    private static let cancelPause = Duration.seconds(2)
    private static let repeatPause = Duration.seconds(1)
    private static let awayPause = Duration.seconds(5)
    private static let busyPause = Duration.seconds(2)
    private let profile: ModelProfile
    private let servers: ModelServers
    private let files: ModelFiles
    private let limits: ModelLimits
    private let loop: EventLoop
    private let client: HTTPClient
    private let telemetry: ModelTelemetry
    private let logger: Logger

    init(
        profile: ModelProfile, servers: ModelServers, files: ModelFiles, limits: ModelLimits, loop: EventLoop,
        client: HTTPClient, telemetry: ModelTelemetry, logger: Logger
    ) {
        self.profile = profile
        self.servers = servers
        self.files = files
        self.limits = limits
        self.loop = loop
        self.client = client
        self.telemetry = telemetry
        self.logger = logger
    }

    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        guard profile.categories[work.category] != nil else {
            return .failure(.item(ModelError.unsupported(work.category)))
        }
        let wait = ModelWait(session: session, cancel: cancel, limits: limits)
        var prepared: [UInt8]?
        var refusedEnd: ContinuousClock.Instant?
        while true {
            let server: ModelServer
            switch await servers.acquire(for: wait) {
            case .server(let free): server = free
            case .ended(let failure): return .failure(failure)
            case .away:
                telemetry.unavailable.add(1)
                return .failure(wait.outside)
            }
            defer { servers.release(server, of: wait.owner) }
            if prepared == nil {
                switch await body(work, session) {
                case .success(let bytes): prepared = bytes
                case .failure(let failure): return .failure(failure)
                }
            }
            if limits.isDraining() { return .failure(wait.outside) }
            // A server that is busy or not ready rests; the item waits for another slot, or for another worker.
            if let made = await predict(work, session, prepared ?? [], at: server, cancel) { return made }
            refusedEnd = refusedEnd ?? loop.now + ModelLimits.awayMax
            if refusedEnd.map({ loop.now >= $0 }) == true { return .failure(wait.outside) }
        }
    }

    private func body(_ work: ItemWork, _ session: ClaimedTryOn) async -> Result<[UInt8], RenderFailure> {
        let quality = session.job.quality
        switch await files.inputs(work, of: session, photo: quality) {
        case .failure(let failure): return .failure(failure)
        case .success(let inputs):
            let body = await files.pool.run { [profile] in profile.body(inputs, work, quality) }
            return body.map { .success($0) } ?? .failure(.busy)
        }
    }

    /// Makes a picture at a server.
    /// - Returns: nil if the server is busy or not ready.
    private func predict(
        _ work: ItemWork, _ session: ClaimedTryOn, _ body: [UInt8], at server: ModelServer,
        _ cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure>? {
        let end = loop.now + limits.timeout
        while loop.now < end {
            telemetry.predictions.add(1)
            switch await ask(work, body, at: server, until: end, cancel) {
            case .failure(let error):
                return fail(server, "a model server did not answer: \(error.message)")
            case .success(.running): await loop.sleep(for: Self.repeatPause)
            case .success(.succeeded(let output)):
                server.succeed()
                return await files.store(output, work, of: session, renderer: profile.name)
            case .success(.failed(let text)):
                server.succeed()
                if let failure = ModelError.failure(ofItem: text) { return .failure(.item(failure)) }
                telemetry.failures.add(1)
                return .failure(.retry(ModelError(description: "the model failed: \(text.prefix(200))")))
            case .success(.canceled):
                if await cancel.isCanceled() { return .failure(.canceled) }
                return .failure(.retry(ModelError(description: "the prediction was canceled")))
            case .success(.busy):
                // Others use its slots.
                server.rest(for: Self.busyPause, at: loop.now)
                return nil
            case .success(.notReady):
                server.rest(for: Self.awayPause, at: loop.now)
                return nil
            case .success(.refused(let text)) where !text.isEmpty:
                server.succeed()
                return .failure(
                    .item(
                        ModelError.failure(ofItem: text) ?? ItemFailure(code: "input_validation_error", message: text)))
            case .success(.refused): return fail(server, "the model server refuses the names or types of the inputs")
            case .success(.unexpected(let text)): return fail(server, text)
            }
        }
        return fail(server, "a prediction took longer than \(limits.timeout)")
    }

    private func fail(_ server: ModelServer, _ text: String) -> Result<ItemResult.Picture, RenderFailure> {
        telemetry.failures.add(1)
        if server.fail(at: loop.now) {
            logger.error("a model server rests after failures", .text("server", server.url), .text("reason", text))
        }
        return .failure(.retry(ModelError(description: text)))
    }

    // MARK: One request

    /// Sends a prediction; asks meanwhile whether the session is canceled, and then cancels the prediction.
    private func ask(
        _ work: ItemWork, _ body: [UInt8], at server: ModelServer, until end: ContinuousClock.Instant,
        _ cancel: CancelCheck
    ) async -> Result<Prediction, HTTPClientError> {
        let path = "\(server.url)/predictions/\(work.id)"
        var request = HTTPClientRequest(url: path, method: .put(body), bytesMax: Self.answerBytesMax)
        request.fields = ["Content-Type: application/json"]
        request.allowsHTTP = true
        request.timeout = end - loop.now
        let answer = PendingAnswer(client, request, on: loop)
        var isAsked = false
        while true {
            if let received = await answer.wait(atMost: Self.cancelPause) {
                guard case .success(let whole) = received else { return received.map { _ in .running } }
                // Off the loop: an answer has megabytes.
                let read = await files.pool.run { Prediction(whole, JSONParserHandle(bytesMax: Self.answerBytesMax)) }
                return .success(read ?? .busy)
            }
            if !isAsked, await cancel.isCanceled() {
                isAsked = true
                var cancel = HTTPClientRequest(url: "\(path)/cancel", method: .post([]), bytesMax: 65_536)
                cancel.allowsHTTP = true
                _ = await client.send(cancel)
            }
        }
    }
}
