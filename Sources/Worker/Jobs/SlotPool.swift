internal import Platform

/// What a process can hold of some kinds of jobs at once, counted in weight.
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
