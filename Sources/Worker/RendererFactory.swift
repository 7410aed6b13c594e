internal import Domain
internal import Platform

/// Makes the renderers of a loop: that of the worker, and those that organisations may have instead.
struct RendererFactory {
    let loop: EventLoop
    let process: WorkerProcess
    let resolver: HostResolver
    let objects: any ObjectStore
    /// Whether the worker stops.
    let isDraining: () -> Bool

    func make() -> SelectedRenderer {
        let kinds = process.configuration.models.kinds
        var all: [RendererKind: any Renderer] = [:]
        let files = ItemFiles(mysql: process.mysql, objects: objects, fetcher: fetcher())
        all[.compositor] = Compositor(files: files, pool: process.renderPool)
        let modelFiles = ModelFiles(files: files, pool: process.renderPool, answers: fetcher())
        if kinds.contains(.model) { all[.model] = model(modelFiles) }
        if kinds.contains(.fashn) { all[.fashn] = fashn(modelFiles) }
        let standard = process.configuration.renderer
        if standard == .none { all[standard] = NoRenderer() }
        return SelectedRenderer(
            standard: standard, renderers: all, shares: settings.shares, limits: limits, mysql: process.mysql,
            loop: loop, logger: process.logger)
    }

    private var settings: ModelConfiguration { process.configuration.models }

    private var limits: ModelLimits {
        ModelLimits(
            timeout: settings.timeout, queueTime: settings.queueTime, clock: process.stores.clock,
            isDraining: isDraining)
    }

    private func fetcher() -> GarmentFetcher {
        GarmentFetcher(
            client: HTTPClient(loop: loop, policy: process.policy, resolver: resolver),
            allowsHTTP: process.configuration.common.allowsHTTP)
    }

    /// A client that may call every address: the operator has chosen them.
    private func client() -> HTTPClient { HTTPClient(loop: loop, policy: .ofOperator, resolver: resolver) }

    private func model(_ files: ModelFiles) -> ModelRenderer {
        let client = client()
        let servers = ModelServers(
            urls: settings.urls, fields: settings.profile.fields, slots: settings.slots, loop: loop, client: client,
            logger: process.logger)
        return ModelRenderer(
            profile: settings.profile, servers: servers, files: files, limits: limits, loop: loop, client: client,
            telemetry: process.telemetry.models, logger: process.logger)
    }

    private func fashn(_ files: ModelFiles) -> FashnRenderer {
        FashnRenderer(
            url: settings.fashnURL, key: settings.fashnKey ?? "", slots: settings.fashnSlots, files: files,
            limits: limits, mysql: process.mysql, loop: loop, client: client(), telemetry: process.telemetry.models,
            logger: process.logger)
    }
}
