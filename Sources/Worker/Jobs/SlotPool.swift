internal import Domain
internal import Platform

/// The weight of jobs of some kinds that a process can hold at once.
final class SlotPool {
    let weightMax: Int
    /// Jobs claimed so far.
    let claimed: Counter
    /// Called when a held job becomes lighter.
    var onRoom: () -> Void = {}
    private(set) var heldWeight = 0 {
        didSet { held.set(heldWeight) }
    }
    private var weights: [Claim.Key: Int] = [:]
    private let held: Gauge

    /// - Parameters:
    ///   - weightMax: the weight that can be held.
    ///   - held: shows the weight that is held.
    ///   - claimed: counts the jobs.
    init(weightMax: Int, held: Gauge, claimed: Counter) {
        self.weightMax = weightMax
        self.held = held
        self.claimed = claimed
    }

    /// The weight that lanes with work in flight leave to other lanes.
    var reserve: Int { max(1, weightMax / 4) }

    /// Counts a claimed job with its own weight.
    func add(_ claim: Claim) {
        weights[claim.key] = claim.job.weight
        heldWeight += claim.job.weight
        claimed.add(1)
    }

    /// Counts a held job with another weight in this process; in Redis it keeps its own.
    func setWeight(_ weight: Int, of claim: Claim) {
        guard let old = weights[claim.key], old != weight else { return }
        weights[claim.key] = weight
        heldWeight += weight - old
        if weight < old { onRoom() }
    }

    func remove(_ claim: Claim) { heldWeight -= weights.removeValue(forKey: claim.key) ?? 0 }
}
