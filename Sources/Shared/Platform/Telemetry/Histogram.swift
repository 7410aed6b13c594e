internal import Synchronization

/// Counts durations in buckets.
package final class Histogram: Sendable {
    /// Upper bounds in seconds; one more bucket counts durations above the last.
    package let boundsSeconds: [Double]
    private let boundsNanoseconds: [Int64]
    private let buckets: [Counter]
    private let sumMicroseconds = Counter()

    package init(boundsSeconds: [Double] = Histogram.latencyBounds) {
        self.boundsSeconds = boundsSeconds
        boundsNanoseconds = boundsSeconds.map { Int64($0 * 1e9) }
        buckets = (0...boundsSeconds.count).map { _ in Counter() }
    }

    package static let latencyBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// Counts a duration; a negative one, between times of two clocks, counts as 0.
    package func observe(nanoseconds duration: Int64) {
        let nanoseconds = max(0, duration)
        let index = boundsNanoseconds.firstIndex { nanoseconds <= $0 } ?? boundsNanoseconds.count
        buckets[index].add(1)
        sumMicroseconds.add(Int(nanoseconds / 1_000))
    }

    /// Appends the metric family with its samples.
    package func write(_ name: String, _ help: String, to text: inout MetricsText) {
        text.family(name, .histogram, help)
        var total = 0
        for (index, bound) in boundsSeconds.enumerated() {
            total += buckets[index].value
            text.sample("\(name)_bucket", total, labels: [("le", bound.description)])
        }
        total += buckets[boundsSeconds.count].value
        text.sample("\(name)_bucket", total, labels: [("le", "+Inf")])
        text.sample("\(name)_sum", Double(sumMicroseconds.value) / 1e6)
        text.sample("\(name)_count", total)
    }
}
