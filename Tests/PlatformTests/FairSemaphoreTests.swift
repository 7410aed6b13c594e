import Testing

@testable import Platform

@Suite("Fair semaphore")
struct FairSemaphoreTests {
    /// Acquires a permit in a task of its own, and appends the name when it has it.
    private final class Recorder {
        let semaphore = FairSemaphore<String>(permitsMax: 3, permitsMaxOfOne: 2)
        let loop: EventLoop
        var granted: [String] = []

        init(loop: EventLoop) {
            self.loop = loop
        }

        func acquire(_ owner: String, _ name: String) async {
            let bound = LoopBound(self, on: loop)
            _ = Task(executorPreference: loop) {
                await bound.value.semaphore.acquire(owner)
                bound.value.granted.append(name)
            }
            for _ in 0..<4 { await Task.yield() }
        }

        func release(_ owner: String) async {
            semaphore.release(owner)
            for _ in 0..<4 { await Task.yield() }
        }
    }

    @Test("an owner has at most its own number of permits, and leaves the rest to others")
    func ownLimit() async throws {
        let thread = try LoopThread(name: "semaphore")
        let granted = await thread.run { () -> [[String]] in
            let recorder = Recorder(loop: thread.loop)
            var steps: [[String]] = []
            for name in ["slow1", "slow2", "slow3"] { await recorder.acquire("slow", name) }
            steps.append(recorder.granted)
            await recorder.acquire("quick", "quick1")
            await recorder.acquire("quick", "quick2")
            steps.append(recorder.granted)
            // The oldest waiter below its limit is next: slow3 waited first, and its owner has one permit less now.
            await recorder.release("slow")
            steps.append(recorder.granted)
            // The owner of slow3 is at its limit, but quick2's is not.
            await recorder.release("quick")
            steps.append(recorder.granted)
            return steps
        }.value
        thread.stop()
        #expect(granted[0] == ["slow1", "slow2"])
        #expect(granted[1] == ["slow1", "slow2", "quick1"])
        #expect(granted[2] == ["slow1", "slow2", "quick1", "slow3"])
        #expect(granted[3] == ["slow1", "slow2", "quick1", "slow3", "quick2"])
    }
}
