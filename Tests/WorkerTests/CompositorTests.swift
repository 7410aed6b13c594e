import Domain
import Platform
import TestKit
import Testing

@testable import Worker

/// The compositor inside a runner, with an object store that fails on command.
@Suite("Compositor and object store")
struct CompositorTests {
    /// A compositor that may call no address.
    private static func compositor(_ bench: HandlerBench, _ objects: MemoryObjectStore, threads: Int) -> Compositor {
        let client = HTTPClient(
            loop: bench.loop, policy: AddressPolicy(allowed: []), resolver: HostResolver(loop: bench.loop))
        let fetcher = GarmentFetcher(client: client, allowsHTTP: false)
        return Compositor(
            files: ItemFiles(mysql: bench.mysql, objects: objects, fetcher: fetcher),
            pool: BlockingPool(name: "render", threads: threads))
    }

    @Test("a store that fails makes the session wait; when it works again the session is completed, and charged once")
    func storeFails() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let objects = MemoryObjectStore()
            PictureHandle.startLibrary()
            let garment = try bench.tenant.addCatalogue().garment
            try await objects.put("p", TestPictures.sample("person.png")).get()
            let id = try bench.tenant.tryOn([garment]).string("id")
            let compositor = Self.compositor(bench, objects, threads: 2)
            let runner = bench.runner(compositor)
            // First the photo cannot be read, then the result cannot be written.
            for failing in ["p", "enterprise/"] {
                objects.fail(failing)
                let claims = try await bench.claim(.sessions)
                // A store that is only busy costs no attempt.
                #expect(claims.map(\.attempts) == [0])
                for claim in claims { await runner.run(claim) }
                #expect(bench.stack.sql("SELECT status FROM cart_tryon_sessions") == "processing")
                #expect(objects.files.count == 1)
                objects.repair()
                bench.makeDue(.sessions)
            }
            for claim in try await bench.claim(.sessions) { await runner.run(claim) }
            #expect(try bench.tenant.status(id) == "completed")
            #expect(objects.files.keys.contains { $0.contains(id) && $0.hasSuffix(".jpg") })
            #expect(bench.stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "1")
        }
    }

    @Test("sessions that begin together decode their common photograph once")
    func decodesOnce() async throws {
        try await HandlerBench.run { bound in
            let bench = bound.value
            let objects = MemoryObjectStore()
            PictureHandle.startLibrary()
            let garment = try bench.tenant.addCatalogue().garment
            // The photograph and the garment of the catalogue have paths of their own here.
            _ = bench.stack.sql("UPDATE garments SET object_path = 'g'")
            try await objects.put("p", TestPictures.sample("person.png")).get()
            try await objects.put("g", TestPictures.sample("tee.png")).get()
            for _ in 0..<4 { _ = try bench.tenant.tryOn([garment]) }
            let compositor = Self.compositor(bench, objects, threads: 4)
            let runner = LoopBound(bench.runner(compositor), on: bench.loop)
            let claims = try await bench.claim(.sessions)
            #expect(claims.count == 4)
            await withDiscardingTaskGroup { group in
                for claim in claims {
                    group.addTask(executorPreference: bench.loop) { await runner.value.run(claim) }
                }
            }
            #expect(bench.stack.sql("SELECT DISTINCT status FROM cart_tryon_sessions") == "completed")
            #expect(objects.reads("p") == 1)
            #expect(objects.reads("g") == 4)
        }
    }
}
