/// Identifies a timer, to cancel it.
package struct TimerID: Hashable, Sendable {
    fileprivate let number: UInt64
}

/// A binary heap of callbacks, ordered by due time.
struct TimerHeap {
    private struct Entry {
        var dueAt: ContinuousClock.Instant
        var id: TimerID
        var body: () -> Void
    }

    private var entries: [Entry] = []
    private var canceled: Set<TimerID> = []
    private var live: Set<TimerID> = []
    private var lastNumber: UInt64 = 0

    var count: Int { live.count }

    mutating func insert(dueAt: ContinuousClock.Instant, _ body: @escaping () -> Void) -> TimerID {
        lastNumber += 1
        let id = TimerID(number: lastNumber)
        live.insert(id)
        entries.append(Entry(dueAt: dueAt, id: id, body: body))
        siftUp(entries.count - 1)
        return id
    }

    /// Cancels a timer; has no effect if it has already run.
    mutating func remove(_ id: TimerID) {
        guard live.remove(id) != nil else { return }
        canceled.insert(id)
        if canceled.count > 64, canceled.count > entries.count / 2 { compact() }
    }

    /// Removes and returns one due timer; only one, so that its body can still cancel the next.
    mutating func popNext(dueBy now: ContinuousClock.Instant) -> (() -> Void)? {
        while let first = entries.first, first.dueAt <= now {
            removeFirst()
            if canceled.remove(first.id) == nil {
                live.remove(first.id)
                return first.body
            }
        }
        return nil
    }

    /// Milliseconds, rounded up, until the next timer is due; -1 if there is none.
    mutating func millisecondsUntilNext(from now: ContinuousClock.Instant) -> Int32 {
        while let first = entries.first, canceled.contains(first.id) {
            canceled.remove(first.id)
            removeFirst()
        }
        guard let first = entries.first else { return -1 }
        let left = (first.dueAt - now).milliseconds(rounded: .up)
        return Int32(clamping: max(0, left))
    }

    private mutating func compact() {
        let kept = entries.filter { !canceled.contains($0.id) }
        canceled.removeAll()
        entries.removeAll(keepingCapacity: true)
        for entry in kept {
            entries.append(entry)
            siftUp(entries.count - 1)
        }
    }

    private mutating func removeFirst() {
        let last = entries.removeLast()
        if entries.isEmpty { return }
        entries[0] = last
        siftDown(0)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].dueAt < entries[parent].dueAt else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].dueAt < entries[least].dueAt { least = child }
            }
            if least == parent { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
