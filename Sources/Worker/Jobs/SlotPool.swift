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
    /// The held jobs of each lane.
    private(set) var heldJobs: [String: Int] = [:]
    /// The held jobs that count with their own weights; the others only wait for something outside of the process.
    private(set) var busyJobs = 0

    private struct Entry {
        let lane: String
        let weight: Int
        let isLight: Bool
    }

    private var entries: [Claim.Key: Entry] = [:]
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

    /// Counts a claimed job; `weight` is that in this process, nil: its own.
    func add(_ claim: Claim, weight: Int?) {
        entries[claim.key] = Entry(lane: claim.job.lane, weight: weight ?? claim.job.weight, isLight: weight != nil)
        heldWeight += weight ?? claim.job.weight
        heldJobs[claim.job.lane, default: 0] += 1
        if weight == nil { busyJobs += 1 }
        claimed.add(1)
    }

    /// Counts a held job with another weight in this process; in Redis it keeps its own.
    func setWeight(_ weight: Int, of claim: Claim) {
        guard let old = entries[claim.key], old.weight != weight || !old.isLight else { return }
        entries[claim.key] = Entry(lane: old.lane, weight: weight, isLight: true)
        heldWeight += weight - old.weight
        if !old.isLight { busyJobs -= 1 }
        if weight < old.weight { onRoom() }
    }

    func remove(_ claim: Claim) {
        guard let entry = entries.removeValue(forKey: claim.key) else { return }
        heldWeight -= entry.weight
        let left = heldJobs[entry.lane, default: 1] - 1
        heldJobs[entry.lane] = left == 0 ? nil : left
        if !entry.isLight { busyJobs -= 1 }
    }
}
