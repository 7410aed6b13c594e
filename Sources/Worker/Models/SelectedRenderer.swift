internal import Domain
internal import Platform

/// Chooses the renderer of an organisation: its own, or, if it has none, that of the worker.
final class SelectedRenderer: Renderer {
    /// How long an organisation's choice is kept.
    private static let lifetime = Duration.seconds(10)
    private static let unknownPause = Duration.seconds(5)
    private static let organizationsMax = 10_000
    private let standard: any Renderer
    private let others: [RendererKind: any Renderer]
    private let limits: ModelLimits
    private let mysql: MySQLPool
    private let loop: EventLoop
    private let logger: Logger
    private var known: [OrganizationID: (kind: RendererKind?, until: ContinuousClock.Instant)] = [:]

    init(
        standard: any Renderer, others: [RendererKind: any Renderer], limits: ModelLimits, mysql: MySQLPool,
        loop: EventLoop, logger: Logger
    ) {
        self.standard = standard
        self.others = others
        self.limits = limits
        self.mysql = mysql
        self.loop = loop
        self.logger = logger
    }

    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let renderer: any Renderer
        switch await kind(session.job.organizationID) {
        case .failure(let error): return .failure(error.isTransient ? .busy : .retry(error))
        case .success(nil): renderer = standard
        case .success(let kind?):
            guard let other = others[kind] else {
                logger.error(
                    "this worker has no settings for the renderer of an organisation", .text("renderer", kind.rawValue),
                    .id(session.job.organizationID))
                // Another worker may have them; another renderer's picture is not what was bought.
                return .failure(limits.wait(session, Self.unknownPause))
            }
            renderer = other
        }
        return await renderer.render(work, of: session, cancel: cancel)
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
