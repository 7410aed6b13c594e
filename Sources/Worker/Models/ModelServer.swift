internal import Platform

/// One model server: how many predictions are under way there, and whether it can be used.
///
/// It belongs to a loop. After three failures in a row it rests, twice as long each time; then its health is asked first.
final class ModelServer {
    private static let failuresMax = 3
    private static let restFirst = Duration.seconds(5)
    private static let restMost = Duration.seconds(120)
    let url: String
    /// Predictions under way.
    var running = 0
    private(set) var isChecked = false
    private var failures = 0
    private var restingUntil: ContinuousClock.Instant?

    init(url: String) {
        self.url = url
    }

    func isResting(at now: ContinuousClock.Instant) -> Bool { restingUntil.map { now < $0 } ?? false }

    /// It answered as it should.
    func succeed() {
        failures = 0
        restingUntil = nil
    }

    /// Its health and its inputs are as they should be.
    func pass() {
        isChecked = true
        restingUntil = nil
    }

    /// It is not ready yet: it starts, or all its slots are taken.
    func rest(for span: Duration, at now: ContinuousClock.Instant) {
        restingUntil = max(restingUntil ?? now, now + span)
    }

    /// It did not answer, or not as it should.
    /// - Returns: whether it rests now.
    @discardableResult
    func fail(at now: ContinuousClock.Instant) -> Bool {
        // Of several predictions under way, one counts.
        if isResting(at: now) { return false }
        failures += 1
        guard failures >= Self.failuresMax || !isChecked else { return false }
        let doublings = min(max(0, failures - Self.failuresMax), 10)
        restingUntil = now + min(Self.restMost, Self.restFirst * (1 << doublings))
        isChecked = false
        return true
    }
}
