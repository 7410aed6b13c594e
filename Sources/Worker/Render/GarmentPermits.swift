internal import Shared

/// Bounds the garments that are fetched, or wait fetched to be rendered: each may be ten megabytes of memory.
///
/// One organisation has a few at most, so that its slow hosts leave permits to others.
final class GarmentPermits {
    private struct Waiting {
        let organization: OrganizationID
        let promise = LoopPromise<Void>()
    }

    private let most: Int
    private let mostOfOne: Int
    private var taken: [OrganizationID: Int] = [:]
    private var total = 0
    private var waiting: [Waiting] = []

    /// - Parameters:
    ///   - most: permits in all.
    ///   - mostOfOne: permits of one organisation.
    init(most: Int = 64, mostOfOne: Int = 16) {
        self.most = most
        self.mostOfOne = mostOfOne
    }

    /// Waits for a permit; `release` gives it back.
    func acquire(_ organization: OrganizationID) async {
        if !take(organization) {
            let one = Waiting(organization: organization)
            waiting.append(one)
            await one.promise.wait()
        }
    }

    func release(_ organization: OrganizationID) {
        total -= 1
        let left = taken[organization, default: 1] - 1
        taken[organization] = left == 0 ? nil : left
        guard let index = waiting.firstIndex(where: { mayTake($0.organization) }) else { return }
        let next = waiting.remove(at: index)
        _ = take(next.organization)
        next.promise.fulfil(())
    }

    private func mayTake(_ organization: OrganizationID) -> Bool {
        total < most && taken[organization, default: 0] < mostOfOne
    }

    private func take(_ organization: OrganizationID) -> Bool {
        guard mayTake(organization) else { return false }
        total += 1
        taken[organization, default: 0] += 1
        return true
    }
}
