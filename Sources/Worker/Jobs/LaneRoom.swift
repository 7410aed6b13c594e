/// The shares that a claim tells Redis: what is left of each lane.
struct LaneRoom {
    static let lanesMax = 64
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
            guard let most = share.jobsMax, lanes.count < Self.lanesMax else { continue }
            share.jobsMax = max(0, most - count)
            lanes.append((lane, share))
        }
        for lane in shares.exceptions where held[lane] == nil && lanes.count < Self.lanesMax {
            lanes.append((lane, shares.share(of: lane)))
        }
    }
}
