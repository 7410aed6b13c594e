import TestKit
import Testing

@testable import Platform

@Suite("Fair semaphore")
struct FairSemaphoreTests {
    /// Acquires a permit in a task of its own, and appends the name when it has it.
    private final class Recorder {
        let semaphore: FairSemaphore<String>
        let loop: EventLoop
        var granted: [String] = []
        var refused: [String] = []

        init(loop: EventLoop, permitsMax: Int = 3, permitsMaxOfOne: Int = 2) {
            semaphore = FairSemaphore(permitsMax: permitsMax, permitsMaxOfOne: permitsMaxOfOne)
            self.loop = loop
        }

        func acquire(_ owner: String, _ name: String, within span: Duration? = nil) async {
            let bound = LoopBound(self, on: loop)
            _ = Task(executorPreference: loop) {
                let recorder = bound.value
                if let span {
                    let request = recorder.semaphore.request(owner)
                    if await !recorder.semaphore.wait(request, atMost: span, on: recorder.loop) {
                        recorder.semaphore.withdraw(request)
                        recorder.refused.append(name)
                        return
                    }
                }
                if span == nil { await recorder.semaphore.acquire(owner) }
                recorder.granted.append(name)
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

    @Test("an owner that waits is served beside owners that come and go")
    func turns() async throws {
        let thread = try LoopThread(name: "semaphore")
        let granted = await thread.run { () -> [String] in
            let recorder = Recorder(loop: thread.loop, permitsMax: 1, permitsMaxOfOne: 1)
            for number in 0..<20 { await recorder.acquire("busy", "busy\(number)") }
            for visitor in 0..<8 { await recorder.acquire("visitor\(visitor)", "visitor\(visitor)") }
            var holder = "busy"
            for _ in 0..<45 {
                let leaving = holder
                await recorder.release(leaving)
                let last = recorder.granted.last ?? ""
                holder = last.hasPrefix("busy") ? "busy" : last
                // A visitor comes back as soon as it has left.
                if leaving != "busy" { await recorder.acquire(leaving, leaving) }
            }
            return recorder.granted
        }.value
        thread.stop()
        // One of nine owners, over five rounds.
        #expect(granted.filter { $0.hasPrefix("busy") }.count >= 5)
        #expect(Set(granted).count > 8)
    }

    @Test("a wait ends in time, and its permit goes to another; more permits are granted at once")
    func timeOut() async throws {
        let clock = ManualClock()
        let thread = try LoopThread(name: "semaphore", clock: clock)
        let steps = await thread.run { () -> [[String]] in
            let recorder = Recorder(loop: thread.loop, permitsMax: 1, permitsMaxOfOne: 8)
            var steps: [[String]] = []
            await recorder.acquire("a", "a1")
            await recorder.acquire("a", "a2", within: .seconds(5))
            await recorder.acquire("b", "b1", within: .seconds(9))
            #expect(recorder.semaphore.waitingCount == 2)
            clock.advance(by: .seconds(6))
            while recorder.refused.isEmpty { await Task.yield() }
            steps.append(recorder.refused)
            await recorder.release("a")
            steps.append(recorder.granted)
            await recorder.acquire("c", "c1")
            await recorder.acquire("d", "d1")
            recorder.semaphore.permitsMax = 3
            while recorder.granted.count < 4 { await Task.yield() }
            steps.append(recorder.granted)
            return steps
        }.value
        thread.stop()
        #expect(steps == [["a2"], ["a1", "b1"], ["a1", "b1", "c1", "d1"]])
    }

    @Test("a request that waits in several steps keeps its place, and one that is withdrawn returns its permit")
    func steps() async throws {
        let clock = ManualClock()
        let thread = try LoopThread(name: "semaphore", clock: clock)
        let isNext = await thread.run { () -> [Bool] in
            let semaphore = FairSemaphore<String>(permitsMax: 1, permitsMaxOfOne: 1)
            let first = semaphore.request("a")
            let (second, third) = (semaphore.request("b"), semaphore.request("c"))
            let bound = LoopBound((semaphore, second), on: thread.loop)
            let waiting = Task(executorPreference: thread.loop) {
                let (semaphore, second) = bound.value
                for _ in 0..<3 where await !semaphore.wait(second, atMost: .seconds(5), on: bound.loop) {}
            }
            for _ in 0..<3 {
                for _ in 0..<20 { await Task.yield() }
                clock.advance(by: .seconds(6))
            }
            await waiting.value
            var granted = [first.isGranted, second.isGranted]
            semaphore.withdraw(first)
            granted += [second.isGranted, third.isGranted]
            semaphore.withdraw(second)
            return granted + [third.isGranted]
        }.value
        thread.stop()
        #expect(isNext == [true, false, true, false, true])
    }
}
