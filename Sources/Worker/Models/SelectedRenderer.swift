internal import Domain
internal import Platform

/// Chooses the renderer of an organisation: its own, or, if it has none, that of the worker.
final class SelectedRenderer: Renderer, LaneShares {
    /// How long an organisation's choice is kept.
    private static let lifetime = Duration.seconds(10)
    private static let organizationsMax = 10_000
    /// Of an organisation whose renderer this worker does not have: another worker should claim its sessions.
    private static let missing = LaneShare(jobsMax: 1, weight: 1)
    private let standardKind: RendererKind
    private let renderers: [RendererKind: any Renderer]
    private let shares: [RendererKind: LaneShare]
    private let limits: ModelLimits
    private let mysql: MySQLPool
    private let loop: EventLoop
    private let logger: Logger
    private var known: [OrganizationID: (kind: RendererKind?, until: ContinuousClock.Instant)] = [:]
    /// Newest last.
    private(set) var exceptions: [String] = []

    /// - Parameters:
    ///   - standard: the renderer of the worker.
    ///   - renderers: all that this worker has the settings for, and that of the worker.
    ///   - shares: what the sessions of an organisation may hold of the worker's slots.
    ///   - limits: for sessions whose renderer this worker does not have.
    ///   - mysql: has the choices.
    ///   - loop: the loop of the worker.
    ///   - logger: the log.
    init(
        standard: RendererKind, renderers: [RendererKind: any Renderer], shares: [RendererKind: LaneShare],
        limits: ModelLimits, mysql: MySQLPool, loop: EventLoop, logger: Logger
    ) {
        standardKind = standard
        self.renderers = renderers
        self.shares = shares
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
            let kind = chosen ?? standardKind
            guard let renderer = renderers[kind] else {
                logger.error(
                    "this worker has no settings for the renderer of an organisation", .text("renderer", kind.rawValue),
                    .id(session.job.organizationID))
                // Another worker may have them; another renderer's picture is not what was bought.
                return .failure(
                    await ModelWait(session: session, cancel: cancel, limits: limits).waitAway(on: loop))
            }
            return await renderer.render(work, of: session, cancel: cancel)
        }
    }

    // MARK: Shares of the worker's slots

    var standard: LaneShare { share(nil) }

    func share(of lane: String) -> LaneShare {
        share(OrganizationID(lane).flatMap { known[$0]?.kind })
    }

    func learn(_ lanes: Set<String>) async {
        let unknown = lanes.compactMap { OrganizationID($0) }.filter { known[$0] == nil }.map { MySQLValue.id($0) }
        for ids in BatchSize.paddedPieces(unknown) {
            let read = await mysql.attempt { connection throws(MySQLError) -> [(OrganizationID, RendererKind?)] in
                try connection.query(PredictionStatements.renderers(ids.count), ids).map { row in
                    (row.id("id"), row.optionalText("renderer").flatMap { RendererKind(rawValue: $0) })
                }
            }
            guard case .success(let rows) = read else { return }
            for (organization, kind) in rows { note(kind, of: organization) }
        }
    }

    private func share(_ kind: RendererKind?) -> LaneShare {
        let kind = kind ?? standardKind
        return renderers[kind] == nil ? Self.missing : shares[kind] ?? LaneShare()
    }

    private func note(_ kind: RendererKind?, of organization: OrganizationID) {
        if known.count >= Self.organizationsMax { known = [:] }
        known[organization] = (kind, loop.now + Self.lifetime)
        let lane = organization.description
        exceptions.removeAll { $0 == lane }
        if share(kind) != standard { exceptions.append(lane) }
        if exceptions.count > LaneRoom.exceptionsMax { exceptions.removeFirst() }
    }

    private func kind(_ organization: OrganizationID) async -> Result<RendererKind?, MySQLError> {
        if let entry = known[organization], loop.now < entry.until { return .success(entry.kind) }
        let read = await mysql.attempt { connection throws(MySQLError) -> RendererKind? in
            try connection.query(PredictionStatements.renderer, [.id(organization)]).first?.optionalText("renderer")
                .flatMap { RendererKind(rawValue: $0) }
        }
        if case .success(let kind) = read { note(kind, of: organization) }
        return read
    }
}
