import Domain
import Platform
import TestKit
import Testing

@testable import Ingress

/// What happens to a picture and to a variant while the variant is made.
@Suite("Races of picture variants")
struct PictureVariantRaceTests {
    @Test("a variant that was stored after the deletion of its picture is deleted, too")
    func vanished() async throws {
        let objects = MemoryObjectStore()
        let path = "enterprise/org-org_a/photos/pho_a.png"
        try await objects.put(path, TestPictures.sample("person.png")).get()
        PictureHandle.startLibrary()
        let thread = try LoopThread(name: "variants")
        objects.vanish(path)
        let opened = await thread.run {
            let variants = PictureVariants(pool: BlockingPool(name: "variants", threads: 1), objects: objects)
            return await variants.open(path, .w160, isHead: false)
        }.value
        thread.stop()
        guard case .failure(.missing) = opened else {
            Issue.record("\(opened)")
            return
        }
        #expect(objects.files.isEmpty)
    }

    @Test("of many requests for one variant on a loop, one makes it")
    func atOnce() async throws {
        let objects = MemoryObjectStore()
        let path = "enterprise/org-org_a/photos/pho_a.png"
        try await objects.put(path, TestPictures.sample("person.png")).get()
        PictureHandle.startLibrary()
        let thread = try LoopThread(name: "variants")
        let opened = await thread.run {
            let variants = PictureVariants(pool: BlockingPool(name: "variants", threads: 4), objects: objects)
            let bound = LoopBound(variants, on: thread.loop)
            return await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<24 {
                    group.addTask(executorPreference: thread.loop) {
                        if case .success = await bound.value.open(path, .w160, isHead: false) { true } else { false }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
        }.value
        thread.stop()
        #expect(opened == 24)
        // The picture, and the variant.
        #expect(objects.puts == 2)
    }
}
