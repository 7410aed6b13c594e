internal import Domain
internal import Platform

/// Weight that this process keeps free for the next job of a starved lane.
///
/// Redis decides which process makes a reservation, and for which lane. Until the weight is free, or the reservation
/// times out, the process claims nothing else.
struct Reservation {
    /// A little longer than the limit in Redis, so that the reservation has expired there at the next claim.
    static let timeout = Duration.milliseconds(QueueTimes.reservationMs + 100)
    private(set) var place: QueuePlace?
    private var weight = 0
    private var end = ContinuousClock.now

    /// Applies the reply of a claim.
    /// - Parameters:
    ///   - wanted: the weight that must be free; 0: no reservation at this place.
    ///   - place: the place of the claim.
    ///   - weightMax: the total weight that the process can hold; a heavier job needs an empty process.
    ///   - now: the time of the reply.
    /// - Returns: whether this place now has a reservation.
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
