/// The buckets in which `webhook_hours` counts how long the attempts at an endpoint took.
package enum EndpointHour {
    /// Upper bounds in ms.
    package static let boundsMs: [Int64] = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000]

    /// The column of a bucket.
    package static func column(_ bound: Int64) -> String { "within_\(bound)_ms" }

    /// The time in ms that a share of the attempts did not exceed, linear within its bucket; nil without attempts.
    package static func percentileMs(_ share: Double, of counts: [Int64]) -> Int64? {
        let total = counts.reduce(0, +)
        if total == 0 { return nil }
        let wanted = Double(total) * share
        var seen = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            let lower = index == 0 ? 0 : boundsMs[index - 1]
            if seen + Double(count) >= wanted {
                let part = (wanted - seen) / Double(count)
                return lower + Int64((Double(boundsMs[index] - lower) * part).rounded(.up))
            }
            seen += Double(count)
        }
        return boundsMs.last
    }
}
