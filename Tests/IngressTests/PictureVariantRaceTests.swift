import Domain
import Platform
import TestKit
import Testing

@testable import Ingress

/// What happens to a picture, to its store and to a variant while the variant is made.
@Suite("Races of picture variants")
struct PictureVariantRaceTests {
    private static let path = "enterprise/org-org_a/photos/pho_a.png"
    private static let variant = "enterprise/org-org_a/photos/pho_a-w160.png"

    /// Runs `body` with the variants of a store that has one picture.
    private static func run<Value: Sendable>(
        _ stack: TestStack, _ objects: MemoryObjectStore,
        _ body: @escaping @Sendable (LoopBound<PictureVariants>, EventLoop) async -> Value
    ) async throws -> Value {
        try await objects.put(path, TestPictures.sample("person.png")).get()
        PictureHandle.startLibrary()
        let thread = try LoopThread(name: "variants")
        let logger = Logger(writer: LogWriter(), component: "test", level: .error)
        let mysql = MySQLPool(
            endpoint: try #require(MySQLEndpoint(stack.databaseURL)), threadsMin: 1, threadsMax: 1, logger: logger)
        let value = await thread.run {
            let variants = PictureVariants(
                pool: BlockingPool(name: "variants", threads: 4), objects: objects, mysql: mysql, logger: logger,
                clock: SystemClock())
            return await body(LoopBound(variants, on: thread.loop), thread.loop)
        }.value
        mysql.close()
        thread.stop()
        return value
    }

    /// The files that a worker's sweeper deletes.
    private static func listed(_ stack: TestStack) -> String { stack.sql("SELECT name FROM erasures") }

    /// The number that the next entry of a list will have.
    private static func entries(_ stack: TestStack) -> String {
        stack.sql(
            "SELECT AUTO_INCREMENT FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'erasures'"
        )
    }

    @Test("a variant that was stored after the deletion of its picture is deleted, too")
    func vanished() async throws {
        let (stack, objects) = (try TestStack(), MemoryObjectStore())
        let opened = try await Self.run(stack, objects) { variants, _ in
            objects.vanish(Self.path)
            return await variants.value.open(Self.path, .w160, isHead: false)
        }
        guard case .failure(.missing) = opened else {
            Issue.record("\(opened)")
            return
        }
        #expect(objects.files.isEmpty)
    }

    @Test("a variant that cannot be deleted, or of which it is not known whether it is stored, is left to the sweeper")
    func listed() async throws {
        for isLost in [true, false] {
            let (stack, objects) = (try TestStack(), MemoryObjectStore())
            let opened = try await Self.run(stack, objects) { variants, _ in
                objects.vanish(Self.path)
                isLost ? objects.loseAnswersOfPuts() : objects.refuseDeletions()
                return await variants.value.open(Self.path, .w160, isHead: false)
            }
            // Listed before the put, and again after it failed.
            #expect(Self.entries(stack) == "3")
            // What was made is sent, if only the store fails.
            if case .success(.bytes(let bytes)) = opened { #expect(PictureHandle.probe(bytes)?.width == 160) }
            #expect(objects.files.keys.sorted() == [Self.variant])
            #expect(Self.listed(stack).split(separator: "\n").allSatisfy { $0 == Self.variant })
            #expect(!Self.listed(stack).isEmpty)
        }
    }

    @Test("a variant is in the list of the sweeper while it is stored, and not afterwards")
    func listedMeanwhile() async throws {
        let (stack, objects) = (try TestStack(), MemoryObjectStore())
        let opened = try await Self.run(stack, objects) { variants, _ in
            await variants.value.open(Self.path, .w160, isHead: false)
        }
        if case .failure(let error) = opened { Issue.record(error) }
        #expect(Self.listed(stack).isEmpty)
        #expect(Self.entries(stack) == "2")
    }

    @Test("of many requests for one variant on a loop, one makes it")
    func atOnce() async throws {
        let (stack, objects) = (try TestStack(), MemoryObjectStore())
        let opened = try await Self.run(stack, objects) { variants, loop in
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<24 {
                    group.addTask(executorPreference: loop) {
                        if case .success = await variants.value.open(Self.path, .w160, isHead: false) {
                            true
                        } else {
                            false
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
        }
        #expect(opened == 24)
        // The picture, and the variant.
        #expect(objects.puts == 2)
    }

    @Test("a picture that cannot be made smaller is sent as it is")
    func impossible() async throws {
        let (stack, objects) = (try TestStack(), MemoryObjectStore())
        let opened = try await Self.run(stack, objects) { variants, _ in
            _ = await objects.put(Self.path, Array("no picture".utf8))
            return await variants.value.open(Self.path, .w160, isHead: false)
        }
        guard case .success(.bytes(let bytes)) = opened else {
            Issue.record("\(opened)")
            return
        }
        #expect(bytes == Array("no picture".utf8))
        #expect(objects.files.count == 1)
    }
}
