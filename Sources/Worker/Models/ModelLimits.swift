internal import Domain
internal import Platform

/// How long a model may take, and how long sessions wait for one.
struct ModelLimits {
    /// How long a session waits inside of a worker whose model is away; another worker may have one that is not.
    static let awayMax = Duration.seconds(30)
    /// Of one prediction.
    let timeout: Duration
    /// From the acceptance of a session.
    let queueTime: Duration
    let clock: any WallClock
    /// Whether the worker stops, so that sessions that wait are released.
    let isDraining: () -> Bool

    /// Whether a session has waited so long that it fails if no model is free now.
    func isOverdue(_ session: ClaimedTryOn) -> Bool { session.id.createdAt + queueTime < clock.now() }
}
