import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// A runner whose renderer calls a model, with real stores, a photograph, a garment and a simulated clock.
struct ModelBench {
    static let picture = "data:image/png;base64,\(Base64.encode((try? TestPictures.sample("person.png")) ?? []))"
    static let health = #"{"status":"READY"}"#
    static let inputs = #"""
        {"components":{"schemas":{"Input":{"properties":{"human_img":{},"garm_img":{},"category":{},"quality":{}}}}}}
        """#

    let bench: HandlerBench
    /// Whether the worker stops.
    final class Life {
        var isDraining = false
    }

    let objects = MemoryObjectStore()
    let life = Life()
    let garment: String
    let client: HTTPClient
    let files: ModelFiles

    init(_ bench: HandlerBench) async throws {
        self.bench = bench
        PictureHandle.startLibrary()
        garment = try bench.tenant.addCatalogue().garment
        try await objects.put("p", TestPictures.sample("person.png")).get()
        client = HTTPClient(loop: bench.loop, policy: .ofOperator, resolver: HostResolver(loop: bench.loop))
        let fetcher = GarmentFetcher(client: client, allowsHTTP: true)
        files = ModelFiles(
            files: ItemFiles(mysql: bench.mysql, objects: objects, fetcher: fetcher),
            pool: BlockingPool(name: "render", threads: 2), answers: fetcher)
    }

    func limits(_ timeout: Duration) -> ModelLimits {
        ModelLimits(
            timeout: timeout, queueTime: .seconds(600), clock: SystemClock(), isDraining: { [life] in life.isDraining })
    }

    func model(_ urls: [String], timeout: Duration = .seconds(30)) -> ModelRenderer {
        let profile = ModelProfile.drape
        return ModelRenderer(
            profile: profile,
            servers: ModelServers(
                urls: urls, fields: profile.fields, slots: 1, loop: bench.loop, client: client, logger: bench.logger),
            files: files, limits: limits(timeout), loop: bench.loop, client: client, telemetry: bench.telemetry.models,
            logger: bench.logger)
    }

    func fashn(_ url: String) -> FashnRenderer {
        FashnRenderer(
            url: url, key: "secret", slots: 4, files: files, limits: limits(.seconds(30)), mysql: bench.mysql,
            loop: bench.loop, client: client, telemetry: bench.telemetry.models, logger: bench.logger)
    }

    /// Accepts a session of one item, or of more.
    func accept(items: Int = 1) throws -> String {
        let answer = try bench.tenant.tryOn([String](repeating: garment, count: items))
        guard answer.status == 201 else { throw ServerProcess.Failure.notReady(answer.description) }
        return answer.string("id")
    }

    /// Claims what is due, and runs it while the simulated time passes.
    func runNext(_ renderer: any Renderer) async throws {
        let runner = bench.runner(renderer)
        bench.makeDue(.sessions)
        try await bench.whileTimePasses {
            for claim in try await bench.claim(.sessions) { await runner.run(claim) }
        }
    }

    /// Attempts that are counted for the only waiting session.
    var attempts: String {
        let name = bench.stack.redis.command(["KEYS", "session:*"])
        return bench.stack.redis.command(["HGET", name, "attempts"])
    }

    func view(_ id: String) throws -> TestAnswer { try bench.tenant.client.get("/api/v1/cart-tryons/\(id)") }

    var refunds: String { bench.stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'refund'") }

    /// Runs `body` with a bench.
    static func run(_ body: @escaping @Sendable (LoopBound<ModelBench>) async throws -> Void) async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            try await body(LoopBound(try await ModelBench(bench), on: bench.loop))
        }
    }
}
