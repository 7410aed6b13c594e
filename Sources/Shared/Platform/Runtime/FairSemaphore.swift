/// A semaphore that limits the permits of each owner, so that a slow owner leaves permits to others.
package final class FairSemaphore<Owner: Hashable> {
    private struct Waiter {
        let owner: Owner
        let promise = LoopPromise<Void>()
    }

    private let permitsMax: Int
    private let permitsMaxOfOne: Int
    private var taken: [Owner: Int] = [:]
    private var total = 0
    /// Oldest first.
    private var waiters: [Waiter] = []

    /// - Parameters:
    ///   - permitsMax: the total number of permits.
    ///   - permitsMaxOfOne: the maximum number of permits of one owner.
    package init(permitsMax: Int, permitsMaxOfOne: Int) {
        self.permitsMax = permitsMax
        self.permitsMaxOfOne = permitsMaxOfOne
    }

    /// Waits for a permit; `release` returns it.
    package func acquire(_ owner: Owner) async {
        if take(owner) { return }
        let waiter = Waiter(owner: owner)
        waiters.append(waiter)
        await waiter.promise.wait()
    }

    /// Takes a permit if one is free; does not wait.
    package func tryAcquire(_ owner: Owner) -> Bool { take(owner) }

    /// Returns a permit, and grants it to the oldest waiter whose owner is below its limit.
    package func release(_ owner: Owner) {
        total -= 1
        let left = taken[owner, default: 1] - 1
        taken[owner] = left == 0 ? nil : left
        guard let index = waiters.firstIndex(where: { isFree(for: $0.owner) }) else { return }
        let next = waiters.remove(at: index)
        _ = take(next.owner)
        next.promise.fulfil(())
    }

    private func isFree(for owner: Owner) -> Bool {
        total < permitsMax && taken[owner, default: 0] < permitsMaxOfOne
    }

    private func take(_ owner: Owner) -> Bool {
        guard isFree(for: owner) else { return false }
        total += 1
        taken[owner, default: 0] += 1
        return true
    }
}
