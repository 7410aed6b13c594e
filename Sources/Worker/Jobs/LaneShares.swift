/// What one lane may hold of a process.
struct LaneShare: Hashable {
    /// The jobs of the lane that the process holds at most; nil: no limit.
    var jobsMax: Int?
    /// The weight of each job in the slots of the process; nil: the job's own.
    var weight: Int?
}

/// The shares of lanes, where they differ from what Redis knows of the jobs.
protocol LaneShares {
    /// The share of the lanes that are not named otherwise.
    var standard: LaneShare { get }

    /// The share of a lane; the standard one if it is not known.
    func share(of lane: String) -> LaneShare

    /// Lanes that are known to have another share than the standard one.
    var exceptions: [String] { get }

    /// Finds out the shares of lanes that are not known.
    func learn(_ lanes: Set<String>) async
}
