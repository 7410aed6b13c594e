internal import Domain
internal import Platform

/// Chooses the renderer of an organisation: its own, or, if it has none, that of the worker.
final class SelectedRenderer: Renderer {
    /// How long an organisation's choice is kept.
    private static let lifetime = Duration.seconds(10)
    private static let unknownPause = Duration.seconds(5)
    private static let organizationsMax = 10_000
    private let standard: RendererKind
    private let renderers: [RendererKind: any Renderer]
    private let weights: [RendererKind: Int]
    private let limits: ModelLimits
    private let mysql: MySQLPool
    private let loop: EventLoop
    private let logger: Logger
    private var known: [OrganizationID: (kind: RendererKind?, until: ContinuousClock.Instant)] = [:]

    /// - Parameters:
    ///   - standard: the renderer of the worker.
    ///   - renderers: all that this worker has the settings for, and that of the worker.
    ///   - weights: the weight of a session in the worker's slots; its own if there is none.
    ///   - limits: for sessions whose renderer this worker does not have.
    ///   - mysql: has the choices.
    ///   - loop: the loop of the worker.
    ///   - logger: the log.
    init(
        standard: RendererKind, renderers: [RendererKind: any Renderer], weights: [RendererKind: Int],
        limits: ModelLimits, mysql: MySQLPool, loop: EventLoop, logger: Logger
    ) {
        self.standard = standard
        self.renderers = renderers
        self.weights = weights
        self.limits = limits
        self.mysql = mysql
        self.loop = loop
        self.logger = logger
    }

    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        switch await kind(session.job.organizationID) {
        case .failure(let error): return .failure(error.isTransient ? .busy : .retry(error))
        case .success(let chosen):
            let kind = chosen ?? standard
            guard let renderer = renderers[kind] else {
                logger.error(
                    "this worker has no settings for the renderer of an organisation", .text("renderer", kind.rawValue),
                    .id(session.job.organizationID))
                // Another worker may have them; another renderer's picture is not what was bought.
                return .failure(limits.wait(session, Self.unknownPause))
            }
            return await renderer.render(work, of: session, cancel: cancel)
        }
    }

    /// The weight of a session in the slots of this worker; nil if it is that of its job.
    func weight(of claim: Claim) async -> Int? {
        // With a compositor alone, no choice has another weight.
        guard renderers.keys.contains(where: { weights[$0] != nil }), let owner = OrganizationID(claim.job.lane),
            case .success(let chosen) = await kind(owner)
        else { return nil }
        return weights[chosen ?? standard]
    }

    private func kind(_ organization: OrganizationID) async -> Result<RendererKind?, MySQLError> {
        if let entry = known[organization], loop.now < entry.until { return .success(entry.kind) }
        let read = await mysql.attempt { connection throws(MySQLError) -> RendererKind? in
            try connection.query(PredictionStatements.renderer, [.id(organization)]).first?.optionalText("renderer")
                .flatMap { RendererKind(rawValue: $0) }
        }
        if case .success(let kind) = read {
            if known.count >= Self.organizationsMax { known = [:] }
            known[organization] = (kind, loop.now + Self.lifetime)
        }
        return read
    }
}
