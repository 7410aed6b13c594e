/// A semaphore that serves its owners in turn and limits the permits of each, so that a busy owner delays no other.
package final class FairSemaphore<Owner: Hashable> {
    private final class Waiter {
        let owner: Owner
        /// Whether it has its permit.
        let promise = LoopPromise<Bool>()

        init(owner: Owner) {
            self.owner = owner
        }
    }

    /// An owner that has permits, or waits for one.
    private struct Share {
        var taken = 0
        var waiting = 0
        /// The number of the last grant to this owner, or of the last one at all when it came.
        var lastGrant: Int
    }

    /// The total number of permits; permits above a new, smaller number are not taken back.
    package var permitsMax: Int {
        didSet { grant() }
    }
    /// The maximum number of permits of one owner.
    package var permitsMaxOfOne: Int
    private var shares: [Owner: Share] = [:]
    private var total = 0
    private var grants = 0
    /// Oldest first.
    private var waiters: [Waiter] = []

    /// - Parameters:
    ///   - permitsMax: the total number of permits.
    ///   - permitsMaxOfOne: the maximum number of permits of one owner.
    package init(permitsMax: Int, permitsMaxOfOne: Int) {
        self.permitsMax = permitsMax
        self.permitsMaxOfOne = permitsMaxOfOne
    }

    /// The waiters of an owner.
    package func waiting(_ owner: Owner) -> Int { shares[owner]?.waiting ?? 0 }

    package var waitingTotal: Int { waiters.count }

    /// Waits for a permit; `release` returns it.
    package func acquire(_ owner: Owner) async {
        if take(owner) { return }
        _ = await enqueue(owner).promise.wait()
    }

    /// Waits for a permit for some time.
    /// - Returns: whether there is one; then `release` returns it.
    package func acquire(_ owner: Owner, within span: Duration, on loop: EventLoop) async -> Bool {
        if take(owner) { return true }
        let waiter = enqueue(owner)
        let timer = loop.schedule(after: span) { [weak self] in self?.giveUp(waiter) }
        let isGranted = await waiter.promise.wait()
        loop.cancel(timer)
        return isGranted
    }

    /// Takes a permit if one is free; does not wait.
    package func tryAcquire(_ owner: Owner) -> Bool { take(owner) }

    /// Returns a permit, and grants it to the next waiter.
    package func release(_ owner: Owner) {
        total -= 1
        change(owner) { $0.taken -= 1 }
        grant()
    }

    // MARK: Waiters

    private func enqueue(_ owner: Owner) -> Waiter {
        let waiter = Waiter(owner: owner)
        waiters.append(waiter)
        change(owner) { $0.waiting += 1 }
        return waiter
    }

    private func giveUp(_ waiter: Waiter) {
        guard let index = waiters.firstIndex(where: { $0 === waiter }) else { return }
        waiters.remove(at: index)
        change(waiter.owner) { $0.waiting -= 1 }
        waiter.promise.fulfil(false)
    }

    /// Grants free permits: first to the owner whose last grant is the longest ago, and of one owner to the oldest waiter.
    private func grant() {
        while total < permitsMax, let index = nextIndex() {
            let waiter = waiters.remove(at: index)
            change(waiter.owner) { $0.waiting -= 1 }
            _ = take(waiter.owner)
            waiter.promise.fulfil(true)
        }
    }

    private func nextIndex() -> Int? {
        func lastGrant(_ index: Int) -> Int { shares[waiters[index].owner]?.lastGrant ?? 0 }
        return waiters.indices.filter { isFree(for: waiters[$0].owner) }.min { lastGrant($0) < lastGrant($1) }
    }

    // MARK: Permits

    private func isFree(for owner: Owner) -> Bool {
        total < permitsMax && (shares[owner]?.taken ?? 0) < permitsMaxOfOne
    }

    private func take(_ owner: Owner) -> Bool {
        guard isFree(for: owner) else { return false }
        total += 1
        grants += 1
        change(owner) { share in
            share.taken += 1
            share.lastGrant = grants
        }
        return true
    }

    /// Changes the share of an owner, and forgets an owner that has nothing and waits for nothing.
    private func change(_ owner: Owner, _ body: (inout Share) -> Void) {
        // Who comes anew is last: else owners that come and go would always be served before one that waits.
        var share = shares[owner] ?? Share(lastGrant: grants)
        body(&share)
        shares[owner] = share.taken == 0 && share.waiting == 0 ? nil : share
    }
}
