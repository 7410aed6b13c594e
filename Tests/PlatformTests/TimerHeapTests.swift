import Testing

@testable import Platform

@Suite("The timer heap")
struct TimerHeapTests {
    @Test("timers run in order of time, and canceled ones never")
    func order() {
        var heap = TimerHeap()
        var ran: [Int] = []
        let start = ContinuousClock.now
        var ids: [TimerID] = []
        for number in [5, 1, 4, 2, 3, 9, 7, 8, 6, 0] {
            ids.append(heap.insert(dueAt: start + .milliseconds(number)) { ran.append(number) })
        }
        heap.remove(ids[2])
        while let body = heap.popNext(dueBy: start + .milliseconds(7)) { body() }
        #expect(ran == [0, 1, 2, 3, 5, 6, 7])
        #expect(heap.count == 2)
        #expect(heap.millisecondsUntilNext(from: start) == 8)
    }

    @Test("canceling many leaves the rest, and costs no memory for ever")
    func compaction() {
        var heap = TimerHeap()
        let start = ContinuousClock.now
        for number in 0..<10_000 {
            let id = heap.insert(dueAt: start + .milliseconds(number)) {}
            if number % 100 != 0 { heap.remove(id) }
        }
        #expect(heap.count == 100)
        var count = 0
        while heap.popNext(dueBy: start + .seconds(60)) != nil { count += 1 }
        #expect(count == 100)
        #expect(heap.millisecondsUntilNext(from: start) == -1)
    }

    @Test("canceling what has run already changes nothing")
    func late() {
        var heap = TimerHeap()
        let start = ContinuousClock.now
        let id = heap.insert(dueAt: start) {}
        _ = heap.popNext(dueBy: start)
        heap.remove(id)
        _ = heap.insert(dueAt: start) {}
        #expect(heap.popNext(dueBy: start) != nil)
        #expect(heap.popNext(dueBy: start) == nil)
    }

    @Test("a timer that another cancels in the same turn does not run")
    func canceledInTurn() {
        var heap = TimerHeap()
        let start = ContinuousClock.now
        _ = heap.insert(dueAt: start) {}
        let second = heap.insert(dueAt: start) {}
        #expect(heap.popNext(dueBy: start) != nil)
        heap.remove(second)
        #expect(heap.popNext(dueBy: start) == nil)
    }
}
