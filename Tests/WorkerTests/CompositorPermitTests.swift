import Dispatch
import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The bounds of what the compositor keeps in memory, in total and for each organisation.
@Suite("Permits of the compositor")
struct CompositorPermitTests {
    private let compositor: Compositor
    private let pool: MySQLPool
    private let bench: HandlerBench

    private init(_ bench: HandlerBench, objects: any ObjectStore, threads: Int) throws {
        self.bench = bench
        // One thread: items are looked up in the order in which they were requested.
        pool = MySQLPool(
            endpoint: try #require(MySQLEndpoint(bench.stack.databaseURL)), threadsMin: 1, threadsMax: 1,
            logger: bench.logger)
        let loopback = try #require(AddressRange("127.0.0.0/8"))
        let fetcher = GarmentFetcher(
            client: HTTPClient(
                loop: bench.loop, policy: AddressPolicy(allowed: [loopback]), resolver: HostResolver(loop: bench.loop)),
            allowsHTTP: true)
        compositor = Compositor(
            files: ItemFiles(mysql: pool, objects: objects, fetcher: fetcher),
            pool: BlockingPool(name: "render", threads: threads))
    }

    /// An organisation with photos whose path is `name`.
    private struct Owner {
        let organizationID: OrganizationID
        let photoIDs: [PhotoID]
        let garmentID: GarmentID
    }

    private func owner(_ name: String) throws -> Owner {
        let tenant = try bench.stack.makeTenant()
        // A photograph is decoded once: each item has its own.
        let catalogues = try (0..<5).map { try tenant.addCatalogue(customer: "shopper-\($0)") }
        for table in ["photos", "garments"] {
            _ = bench.stack.sql(
                "UPDATE \(table) SET object_path = '\(name)' WHERE organization_id = '\(tenant.organizationID)'")
        }
        return Owner(
            organizationID: try #require(OrganizationID(tenant.organizationID)),
            photoIDs: try catalogues.map { try #require(PhotoID($0.photo)) },
            garmentID: try #require(GarmentID(catalogues.first?.garment ?? "")))
    }

    /// Begins to render items of an organisation, in order.
    private func render(_ count: Int, of owner: Owner, from url: String? = nil) -> [Task<Void, Never>] {
        let id = SessionID(value: 1 << 80)
        let job = TryOnJob(
            organizationID: owner.organizationID, environment: .live, keyID: APIKeyID(value: 1), customerID: "c",
            cartID: nil, quality: .sd, items: [], metadata: [], requestID: "r", traceparent: nil, idempotencyHash: nil,
            fingerprint: nil)
        let claim = Claim(
            place: QueueBench.sessions, job: Job(id: "\(id)", lane: "a", weight: 1, payload: [[], []]), number: 1,
            attempts: 0, crashes: 0, isCancelRequested: false)
        return (0..<count).map { position in
            let session = ClaimedTryOn(
                claim: claim, id: id, job: job, photoID: owner.photoIDs[position % owner.photoIDs.count],
                owner: "one:1", isCancelRequested: false, forcedEnd: nil)
            let work = ItemWork(
                id: TryOnJob.itemID(id, position % 16), position: position, sku: "S",
                garmentID: url == nil ? owner.garmentID : nil, garmentURL: url, category: .top, priceCredits: 1)
            let bound = LoopBound((compositor, CancelCheck(queue: bench.queue, claim: claim)), on: bench.loop)
            return Task(executorPreference: bench.loop) {
                let (compositor, cancel) = bound.value
                _ = await compositor.render(work, of: session, cancel: cancel)
            }
        }
    }

    @Test("one organisation cannot fill the places for pictures, and all together cannot exceed them")
    static func places() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let objects = HeldObjectStore { $0 }
            let tests = try Self(bench, objects: objects, threads: 3)
            let (first, second) = (try tests.owner("first"), try tests.owner("second"))
            // Places: the threads of the pool and two; for one organisation: the threads without one.
            var running = tests.render(5, of: first)
            running += tests.render(3, of: second)
            await TestRedis.until(bench.loop) { objects.waiting("second") == 2 }
            #expect(objects.waiting("first") == 2)
            #expect(objects.waiting("second") == 2)
            objects.open()
            for one in running { await one.value }
            #expect(objects.waitingMax("first") == 2)
            #expect(objects.waitingMaxOfAll == 4)
            tests.pool.close()
        }
    }

    @Test("one organisation has at most 16 fetches of garments under way, and leaves others to the rest")
    static func fetches() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let isOver = DispatchSemaphore(value: 0)
            let hosts = try (0..<2).map { _ in
                try TestPeer { client, _ in
                    _ = client.read(until: "\r\n\r\n")
                    // Each lets the next one go on.
                    isOver.wait()
                    isOver.signal()
                }
            }
            let tests = try Self(bench, objects: HeldObjectStore { $0 }, threads: 1)
            let (first, second) = (try tests.owner("first"), try tests.owner("second"))
            var running = tests.render(20, of: first, from: "http://127.0.0.1:\(hosts[0].port)/g.png")
            running += tests.render(1, of: second, from: "http://127.0.0.1:\(hosts[1].port)/g.png")
            await TestRedis.until(bench.loop) { hosts[1].connections == 1 && hosts[0].connections >= 16 }
            #expect(hosts[0].connections == 16)
            isOver.signal()
            for one in running { await one.value }
            tests.pool.close()
        }
    }
}
