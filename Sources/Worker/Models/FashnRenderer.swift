internal import Domain
internal import Platform

/// Makes pictures by a hosted API that is compatible with FASHN's.
///
/// Each prediction is billed. Its id is written to MariaDB at once: a worker that takes the session over asks for that
/// prediction instead of beginning another. If the answer that brings the id is lost, the picture is billed twice.
final class FashnRenderer: Renderer {
    private static let modelName = "tryon-v1.6"
    private static let answerBytesMax = 32 << 20
    private static let pauseFirst = Duration.seconds(1)
    private static let pauseMost = Duration.seconds(5)
    private static let accountPause = Duration.seconds(60)
    private static let categories: [GarmentCategory: String] = [
        .top: "tops", .outerwear: "tops", .bottom: "bottoms", .dress: "one-pieces",
    ]
    private let url: String
    private let key: String
    private let slots: FairSemaphore<OrganizationID>
    private let files: ModelFiles
    private let limits: ModelLimits
    private let mysql: MySQLPool
    private let loop: EventLoop
    private let client: HTTPClient
    private let telemetry: ModelTelemetry
    private let logger: Logger
    private let parser = JSONParserHandle(bytesMax: answerBytesMax)

    init(
        url: String, key: String, slots: Int, files: ModelFiles, limits: ModelLimits, mysql: MySQLPool, loop: EventLoop,
        client: HTTPClient, telemetry: ModelTelemetry, logger: Logger
    ) {
        self.url = url
        self.key = key
        self.slots = FairSemaphore(permitsMax: slots, permitsMaxOfOne: max(1, slots - 1))
        self.files = files
        self.limits = limits
        self.mysql = mysql
        self.loop = loop
        self.client = client
        self.telemetry = telemetry
        self.logger = logger
    }

    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        guard let category = Self.categories[work.category] else {
            return .failure(.item(ModelError.unsupported(work.category)))
        }
        await slots.acquire(session.job.organizationID)
        defer { slots.release(session.job.organizationID) }
        let known: String?
        switch await mysql.attempt({ connection throws(MySQLError) in
            try connection.query(PredictionStatements.read, [.id(work.id)]).first?.optionalText("prediction_id")
        }) {
        case .success(let id): known = id
        case .failure(let error): return .failure(error.isTransient ? .busy : .retry(error))
        }
        if let known { return await poll(known, work, session) }
        if limits.isExpired(session) { return .failure(.item(ModelError.queueTimeout)) }
        if await cancel.isCanceled() { return .failure(.canceled) }
        // The model works at 864 × 1,296.
        switch await files.inputs(work, of: session, photo: .hd) {
        case .success(let inputs): return await begin(category, inputs, work, session)
        case .failure(let failure): return .failure(failure)
        }
    }

    private func begin(
        _ category: String, _ inputs: ModelInputs, _ work: ItemWork, _ session: ClaimedTryOn
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let body = JSONWriter.object(capacity: inputs.person.utf8.count + inputs.garment.utf8.count + 512) { json in
            json.field("model_name", static: "tryon-v1.6")
            json.key("inputs")
            json.object { json in
                json.field("model_image", inputs.person)
                json.field("garment_image", inputs.garment)
                json.field("category", category)
                json.field("output_format", static: "jpeg")
                json.field("return_base64", true)
            }
        }
        telemetry.predictions.add(1)
        switch await ask(.post(body), "/v1/run") {
        case .begun(let id):
            guard await keep(id, of: work) else { return .failure(.busy) }
            return await poll(id, work, session)
        case let answer: return .failure(failure(answer))
        }
    }

    /// Writes the id of a prediction; tries until MariaDB takes it, within the time of a prediction.
    private func keep(_ id: String?, of work: ItemWork) async -> Bool {
        let end = loop.now + limits.timeout
        var backoff = Backoff()
        while loop.now < end {
            let written = await mysql.attempt { connection throws(MySQLError) in
                try connection.update(
                    PredictionStatements.write, ["prediction": .optional(id), "id": .id(work.id)])
            }
            if case .success = written { return true }
            await loop.sleep(for: backoff.next())
        }
        return false
    }

    private func poll(
        _ id: String, _ work: ItemWork, _ session: ClaimedTryOn
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let end = loop.now + limits.timeout
        var backoff = Backoff(first: Self.pauseFirst, most: Self.pauseMost)
        while loop.now < end {
            let answer = await ask(.get, "/v1/status/\(id)")
            switch answer {
            case .running, .limited: await loop.sleep(for: backoff.next())
            case .completed(let output): return await files.store(output, work, of: session, renderer: "fashn")
            case .failed(let name, let message):
                _ = await keep(nil, of: work)
                if let item = ModelError.failure(ofItem: name, message) { return .failure(.item(item)) }
                if FashnAnswer.isOfClient(name) {
                    return .failure(.item(ItemFailure(code: "third_party_error", message: message)))
                }
                telemetry.failures.add(1)
                return .failure(.retry(ModelError(description: "the prediction failed: \(name)")))
            case .unknown:
                _ = await keep(nil, of: work)
                return .failure(.retry(ModelError(description: "the prediction is not known any more")))
            case .begun, .refused, .account, .unexpected: return .failure(failure(answer))
            }
        }
        return .failure(.unavailable(Self.pauseMost))
    }

    private func failure(_ answer: FashnAnswer) -> RenderFailure {
        switch answer {
        case .limited: return .unavailable(Self.pauseMost)
        case .refused(let message):
            return .item(ItemFailure(code: "input_validation_error", message: String(message.prefix(500))))
        case .account(let text):
            telemetry.unavailable.add(1)
            logger.error("the hosted model refuses this account", .text("reason", text))
            return .unavailable(Self.accountPause)
        case .unexpected(let text):
            telemetry.failures.add(1)
            return .retry(ModelError(description: text))
        case .begun, .running, .completed, .failed, .unknown:
            return .retry(ModelError(description: "the answer does not fit the request"))
        }
    }

    private func ask(_ method: HTTPClientRequest.Method, _ path: String) async -> FashnAnswer {
        var request = HTTPClientRequest(url: url + path, method: method, bytesMax: Self.answerBytesMax)
        request.fields = ["Authorization: Bearer \(key)", "Content-Type: application/json"]
        request.allowsHTTP = true
        request.timeout = .seconds(30)
        switch await client.send(request) {
        case .success(let answer): return FashnAnswer(answer, parser)
        case .failure(let error): return .unexpected("the hosted model did not answer: \(error.message)")
        }
    }
}
