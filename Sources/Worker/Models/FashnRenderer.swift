internal import Domain
internal import Platform

/// Makes pictures by a hosted API that is compatible with FASHN's.
///
/// Each prediction is billed. Its id is written to MariaDB at once: a worker that takes the session over asks for that
/// prediction instead of beginning another. If the answer that brings the id is lost, the picture is billed twice.
final class FashnRenderer: Renderer {
    private static let answerBytesMax = 16 << 20
    /// Answers up to this size are read on the loop.
    private static let smallBytes = 4_096
    private static let pauseFirst = Duration.seconds(1)
    private static let pauseMost = Duration.seconds(5)
    private static let accountPause = Duration.seconds(60)
    private static let awayPause = Duration.seconds(5)
    private static let busyPause = Duration.seconds(2)
    private static let keepMax = Duration.seconds(10)
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
    /// No prediction begins before it.
    private var restingUntil: ContinuousClock.Instant

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
        restingUntil = loop.now
    }

    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        guard let category = Self.categories[work.category] else {
            return .failure(.item(ModelError.unsupported(work.category)))
        }
        let known: String?
        switch await mysql.attempt({ connection throws(MySQLError) in
            try connection.query(PredictionStatements.read, [.id(work.id)]).first?.optionalText("prediction_id")
        }) {
        case .success(let id): known = id
        case .failure(let error): return .failure(error.isTransient ? .busy : .retry(error))
        }
        // It is under way, and billed: it needs no slot, and no time is too late for it.
        if let known { return await poll(known, work, session) }
        let wait = ModelWait(session: session, cancel: cancel, limits: limits)
        var prepared: [UInt8]?
        var refusedEnd: ContinuousClock.Instant?
        while true {
            if let failure = await waitForSlot(wait) { return .failure(failure) }
            defer { slots.release(wait.owner) }
            if await cancel.isCanceled() { return .failure(.canceled) }
            if prepared == nil {
                // The model works at 864 × 1,296.
                switch await files.inputs(work, of: session, photo: .hd) {
                case .success(let inputs): prepared = Self.body(category, inputs)
                case .failure(let failure): return .failure(failure)
                }
            }
            if limits.isDraining() { return .failure(wait.outside) }
            // An API that takes nothing now rests; the item waits for another slot, or for another worker.
            if let made = await begin(prepared ?? [], work, session) { return made }
            refusedEnd = refusedEnd ?? loop.now + ModelLimits.awayMax
            if refusedEnd.map({ loop.now >= $0 }) == true { return .failure(wait.outside) }
        }
    }

    /// Takes a slot.
    /// - Returns: why there is none.
    private func waitForSlot(_ wait: ModelWait) async -> RenderFailure? {
        if limits.isDraining() { return wait.outside }
        let request = slots.request(wait.owner)
        var awayEnd: ContinuousClock.Instant?
        while true {
            if loop.now < restingUntil {
                awayEnd = awayEnd ?? loop.now + ModelLimits.awayMax
                if wait.isOverdue || awayEnd.map({ loop.now >= $0 }) == true {
                    slots.withdraw(request)
                    return wait.outside
                }
                await loop.sleep(for: ModelWait.pause)
            } else {
                awayEnd = nil
                let span = wait.isOverdue ? Duration.milliseconds(1) : ModelWait.pause
                if await slots.wait(request, atMost: span, on: loop), loop.now >= restingUntil, !limits.isDraining() {
                    return nil
                }
            }
            if let failure = await wait.end() {
                slots.withdraw(request)
                return failure
            }
        }
    }

    /// Lets no prediction begin for some time.
    private func rest(for span: Duration, _ reason: String) {
        if loop.now >= restingUntil {
            telemetry.unavailable.add(1)
            logger.error("the hosted model takes no predictions now", .text("reason", reason))
        }
        restingUntil = max(restingUntil, loop.now + span)
    }

    private static func body(_ category: String, _ inputs: ModelInputs) -> [UInt8] {
        JSONWriter.object(capacity: inputs.person.utf8.count + inputs.garment.utf8.count + 512) { json in
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
    }

    /// Begins a prediction, and waits for its end.
    /// - Returns: nil if the API takes none now.
    private func begin(
        _ body: [UInt8], _ work: ItemWork, _ session: ClaimedTryOn
    ) async -> Result<ItemResult.Picture, RenderFailure>? {
        telemetry.predictions.add(1)
        let answer = await ask(.post(body), "/v1/run")
        switch answer {
        case .begun(let id):
            // If MariaDB does not take it now, the picture may still be made in this claim.
            await keep(id, of: work, session)
            return await poll(id, work, session)
        case .limited: rest(for: Self.busyPause, "too many requests")
        case .away(let text): rest(for: Self.awayPause, text)
        case .account(let text): rest(for: Self.accountPause, text)
        case .running, .completed, .failed, .unknown, .refused, .unexpected: return .failure(failure(answer))
        }
        return nil
    }

    /// Writes the id of a prediction, as long as this claim owns the session; tries for some seconds.
    private func keep(_ id: String, of work: ItemWork, _ session: ClaimedTryOn) async {
        await write(
            PredictionStatements.write, ["prediction": .text(id), "id": .id(work.id), "owner": .text(session.owner)])
    }

    /// Forgets a prediction that has no picture; another claim may have begun another one.
    private func forget(_ id: String, of work: ItemWork, _ session: ClaimedTryOn) async {
        await write(
            PredictionStatements.forget, ["prediction": .text(id), "id": .id(work.id), "owner": .text(session.owner)])
    }

    private func write(_ statement: String, _ values: MySQLParameters) async {
        let end = loop.now + Self.keepMax
        var backoff = Backoff()
        while loop.now < end {
            let written = await mysql.attempt { connection throws(MySQLError) in
                try connection.update(statement, values)
            }
            if case .success = written { return }
            await loop.sleep(for: backoff.next())
        }
        logger.error("the id of a prediction was not written")
    }

    private func poll(
        _ id: String, _ work: ItemWork, _ session: ClaimedTryOn
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let end = loop.now + limits.timeout
        var backoff = Backoff(first: Self.pauseFirst, most: Self.pauseMost)
        while loop.now < end {
            let answer = await ask(.get, "/v1/status/\(id)")
            switch answer {
            // A question that is not answered is asked again: it costs nothing.
            case .running, .limited, .away: await loop.sleep(for: backoff.next())
            case .account(let text):
                rest(for: Self.accountPause, text)
                await loop.sleep(for: backoff.next())
            case .completed(let output): return await files.store(output, work, of: session, renderer: "fashn")
            case .failed(let name, let message):
                await forget(id, of: work, session)
                if let item = ModelError.failure(ofItem: name, message) { return .failure(.item(item)) }
                if FashnAnswer.isOfClient(name) {
                    return .failure(.item(ItemFailure(code: "third_party_error", message: message)))
                }
                telemetry.failures.add(1)
                return .failure(.retry(ModelError(description: "the prediction failed: \(name)")))
            case .unknown:
                await forget(id, of: work, session)
                return .failure(.retry(ModelError(description: "the prediction is not known any more")))
            case .begun, .refused, .unexpected: return .failure(failure(answer))
            }
        }
        // Another claim asks for the same prediction.
        return .failure(limits.isOverdue(session) ? .item(ModelError.queueTimeout) : .unavailable(Self.awayPause))
    }

    private func failure(_ answer: FashnAnswer) -> RenderFailure {
        switch answer {
        case .refused(let message):
            return .item(ItemFailure(code: "input_validation_error", message: message))
        case .unexpected(let text):
            telemetry.failures.add(1)
            return .retry(ModelError(description: text))
        case .begun, .running, .completed, .failed, .unknown, .limited, .away, .account:
            return .retry(ModelError(description: "the answer does not fit the request"))
        }
    }

    private func ask(_ method: HTTPClientRequest.Method, _ path: String) async -> FashnAnswer {
        var request = HTTPClientRequest(url: url + path, method: method, bytesMax: Self.answerBytesMax)
        request.fields = ["Authorization: Bearer \(key)", "Content-Type: application/json"]
        request.allowsHTTP = true
        request.timeout = .seconds(30)
        switch await client.send(request) {
        // That a prediction was begun is never dropped: it is billed.
        case .success(let answer) where answer.body.count <= Self.smallBytes: return Self.read(answer)
        case .success(let answer):
            // Off the loop: an answer has megabytes.
            return await files.pool.run { Self.read(answer) } ?? .away("too many pictures are being made")
        case .failure(let error):
            // A prediction may have been begun, and billed: an attempt is counted.
            if case .post = method, !error.isUnconnected { return .unexpected("the answer was lost: \(error.message)") }
            return .away(error.message)
        }
    }

    private static func read(_ answer: HTTPClientResponse) -> FashnAnswer {
        FashnAnswer(answer, JSONParserHandle(bytesMax: answerBytesMax))
    }
}
