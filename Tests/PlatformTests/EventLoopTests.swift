import Testing

@testable import Platform

@Suite("The event loop")
struct EventLoopTests {
    static func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (EventLoop) async -> Value
    ) async throws -> Value {
        let thread = try LoopThread(name: "test")
        let loop = thread.loop
        let value = await thread.run { await body(loop) }.value
        thread.stop()
        return value
    }

    @Test("a task stays on its loop's thread through every await")
    func stays() async throws {
        let isOnLoop = try await Self.onLoop { loop in
            var results = [loop.isCurrent]
            await Task.yield()
            results.append(loop.isCurrent)
            let signal = LoopSignal()
            loop.schedule(after: .milliseconds(1)) { signal.notify() }
            await signal.wait()
            results.append(loop.isCurrent)
            await withDiscardingTaskGroup { group in
                group.addTask(executorPreference: loop) { loop.assertIsCurrent() }
            }
            results.append(loop.isCurrent)
            return results
        }
        #expect(isOnLoop == [true, true, true, true])
    }

    @Test("work from many threads reaches the loop, and none is lost")
    func crossThread() async throws {
        let thread = try LoopThread(name: "test")
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<1_000 {
                group.addTask { await thread.run { counter.add(1) }.value }
            }
        }
        #expect(counter.value == 1_000)
        thread.stop()
    }

    @Test("what is scheduled for the end of a turn runs once, after the jobs of the turn")
    func turnEnd() async throws {
        let order = try await Self.onLoop { loop in
            let order = Order()
            loop.atTurnEnd { order.names.append("end") }
            order.names.append("job")
            let signal = LoopSignal()
            loop.schedule(after: .milliseconds(2)) { signal.notify() }
            await signal.wait()
            return order.names
        }
        #expect(order == ["job", "end"])
    }

    @Test("an actor that is pinned to a loop runs on its thread")
    func actorOnLoop() async throws {
        let thread = try LoopThread(name: "test")
        #expect(await Pinned(loop: thread.loop).isOnLoop())
        thread.stop()
    }

    private final class Order {
        var names: [String] = []
    }

    private actor Pinned {
        let loop: EventLoop

        init(loop: EventLoop) {
            self.loop = loop
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

        func isOnLoop() -> Bool { loop.isCurrent }
    }
}
