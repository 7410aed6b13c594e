internal import Domain
internal import Platform

/// The weight of jobs of some kinds that a process can hold at once.
final class SlotPool {
    let weightMax: Int
    /// Jobs claimed so far.
    let claimed: Counter
    private(set) var heldWeight = 0 {
        didSet { held.set(heldWeight) }
    }
    /// The held jobs of each lane.
    private(set) var heldJobs: [String: Int] = [:]
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

    /// Counts a claimed job.
    ///
    /// `weight` is that in this process, nil: its own. In Redis it keeps its own.
    func add(_ claim: Claim, weight: Int?) {
        let weight = weight ?? claim.job.weight
        weights[claim.key] = weight
        heldWeight += weight
        heldJobs[claim.job.lane, default: 0] += 1
        claimed.add(1)
    }

    func remove(_ claim: Claim) {
        guard let weight = weights.removeValue(forKey: claim.key) else { return }
        heldWeight -= weight
        let left = heldJobs[claim.job.lane, default: 1] - 1
        heldJobs[claim.job.lane] = left == 0 ? nil : left
    }
}
