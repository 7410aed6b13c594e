internal import Domain
internal import Platform

/// Room that this process makes for the next job of a starved lane.
///
/// Redis decides who makes a reservation, and for which lane. Until the weight is free, or the time is over, the process
/// claims nothing else.
struct Reservation {
    /// A little longer than Redis's own limit, so that Redis is asked once more before the process goes on.
    static let timeout = Duration.milliseconds(QueueTimes.reservationMs + 100)
    private(set) var place: QueuePlace?
    private var weight = 0
    private var end = ContinuousClock.now

    /// Takes over what a claim has answered.
    /// - Parameters:
    ///   - wanted: the weight that is to be free; 0: no reservation at this place.
    ///   - place: where the claim was made.
    ///   - weightMax: all that the process can hold; a heavier job needs an empty process.
    ///   - now: when the answer came.
    /// - Returns: whether there is a reservation at this place now.
    mutating func update(_ wanted: Int, at place: QueuePlace, weightMax: Int, now: ContinuousClock.Instant) -> Bool {
        guard wanted > 0 else {
            if self.place == place { self.place = nil }
            return false
        }
        self.place = place
        weight = min(wanted, weightMax)
        end = now + Self.timeout
        return true
    }

    /// Whether the process must not claim yet.
    func blocks(freeWeight: Int, holdsNothing: Bool, now: ContinuousClock.Instant) -> Bool {
        place != nil && end > now && freeWeight < weight && !holdsNothing
    }
}
