internal import Domain
internal import Platform

/// How long a model may take, and how long sessions wait for one.
struct ModelLimits {
    /// Of one prediction.
    let timeout: Duration
    /// From the acceptance of a session.
    let queueTime: Duration
    let clock: any WallClock

    /// Whether a session has waited too long for a model that is away or busy.
    func isExpired(_ session: ClaimedTryOn) -> Bool { session.id.createdAt + queueTime < clock.now() }
}
