/// What a process may still claim of each lane, as a claim tells it to Redis.
struct LaneRoom {
    /// Of those that have no jobs here; all lanes with jobs are told, which the slots bound.
    static let exceptionsMax = 64
    var standard = LaneShare()
    private(set) var lanes: [(lane: String, share: LaneShare)] = []

    init() {}

    /// - Parameters:
    ///   - shares: the shares of the lanes.
    ///   - held: the jobs of each lane that the process holds.
    init(_ shares: any LaneShares, held: [String: Int]) {
        standard = shares.standard
        for (lane, count) in held {
            var share = shares.share(of: lane)
            if let most = share.jobsMax { share.jobsMax = max(0, most - count) }
            if share != standard { lanes.append((lane, share)) }
        }
        for lane in shares.exceptions.suffix(Self.exceptionsMax) where held[lane] == nil {
            lanes.append((lane, shares.share(of: lane)))
        }
    }
}
