internal import Domain
internal import Platform

/// How long a model may take, and how long sessions wait for one.
struct ModelLimits {
    /// Of one prediction.
    let timeout: Duration
    /// From the acceptance of a session.
    let queueTime: Duration
    let clock: any WallClock

    /// What becomes of an item whose model is away or busy now: its session waits, or it fails if that has taken too long.
    func wait(_ session: ClaimedTryOn, _ pause: Duration) -> RenderFailure {
        session.id.createdAt + queueTime < clock.now() ? .item(ModelError.queueTimeout) : .unavailable(pause)
    }
}
