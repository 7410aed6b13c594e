internal import Platform

/// The weight of jobs of some kinds that a process can hold at once.
final class SlotPool {
    let weightMax: Int
    /// The weight that is held.
    let held: Gauge
    /// Jobs claimed so far.
    let claimed: Counter

    init(weightMax: Int, held: Gauge, claimed: Counter) {
        self.weightMax = weightMax
        self.held = held
        self.claimed = claimed
    }

    /// The weight that lanes with work in flight leave to other lanes.
    var reserve: Int { max(1, weightMax / 4) }
}
