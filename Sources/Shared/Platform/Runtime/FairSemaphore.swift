/// A semaphore that serves its owners in turn and limits the permits of each, so that a busy owner delays no other.
package final class FairSemaphore<Owner: Hashable> {
    /// One that waits for a permit, or has it.
    package final class Request {
        fileprivate let owner: Owner
        fileprivate let signal = LoopSignal()
        package fileprivate(set) var isGranted = false

        fileprivate init(owner: Owner) {
            self.owner = owner
        }
    }

    /// An owner that has permits, or waits for one.
    private struct Share {
        var taken = 0
        var waiting = 0
        /// The place in the turns: twice the number of the last grant to this owner.
        ///
        /// Who comes anew is directly before the owner that was served last.
        var turn: Int
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
    private var waiters: [Request] = []

    /// - Parameters:
    ///   - permitsMax: the total number of permits.
    ///   - permitsMaxOfOne: the maximum number of permits of one owner.
    package init(permitsMax: Int, permitsMaxOfOne: Int) {
        self.permitsMax = permitsMax
        self.permitsMaxOfOne = permitsMaxOfOne
    }

    package var waitingCount: Int { waiters.count }

    /// Waits for a permit; `release` returns it.
    package func acquire(_ owner: Owner) async {
        let request = request(owner)
        while !request.isGranted { await request.signal.wait() }
    }

    /// Asks for a permit, which may be granted at once; it ends with `withdraw`, or with `release` after it was granted.
    package func request(_ owner: Owner) -> Request {
        let request = Request(owner: owner)
        if take(owner) {
            request.isGranted = true
        } else {
            waiters.append(request)
            change(owner) { $0.waiting += 1 }
        }
        return request
    }

    /// Waits until a request is granted, or for some time; the request keeps its place.
    /// - Returns: whether it is granted.
    package func wait(_ request: Request, atMost span: Duration, on loop: EventLoop) async -> Bool {
        if request.isGranted { return true }
        let timer = loop.schedule(after: span) { request.signal.notify() }
        await request.signal.wait()
        loop.cancel(timer)
        return request.isGranted
    }

    /// Ends a request that need not be granted any more, and returns its permit if it has one.
    package func withdraw(_ request: Request) {
        if request.isGranted { return release(request.owner) }
        guard let index = waiters.firstIndex(where: { $0 === request }) else { return }
        waiters.remove(at: index)
        change(request.owner) { $0.waiting -= 1 }
    }

    /// Returns a permit, and grants it to the next waiter.
    package func release(_ owner: Owner) {
        total -= 1
        change(owner) { $0.taken -= 1 }
        grant()
    }

    // MARK: Waiters

    /// Grants free permits: first to the owner whose last grant is the longest ago, and of one owner to the oldest waiter.
    private func grant() {
        while total < permitsMax, let index = nextIndex() {
            let waiter = waiters.remove(at: index)
            change(waiter.owner) { $0.waiting -= 1 }
            _ = take(waiter.owner)
            waiter.isGranted = true
            waiter.signal.notify()
        }
    }

    private func nextIndex() -> Int? {
        func turn(_ index: Int) -> Int { shares[waiters[index].owner]?.turn ?? 0 }
        return waiters.indices.filter { isFree(for: waiters[$0].owner) }.min { turn($0) < turn($1) }
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
            share.turn = 2 * grants
        }
        return true
    }

    /// Changes the share of an owner, and forgets an owner that has nothing and waits for nothing.
    private func change(_ owner: Owner, _ body: (inout Share) -> Void) {
        // Not first: else owners that come and go would always be served before one that waits.
        var share = shares[owner] ?? Share(turn: 2 * grants - 1)
        body(&share)
        shares[owner] = share.taken == 0 && share.waiting == 0 ? nil : share
    }
}
