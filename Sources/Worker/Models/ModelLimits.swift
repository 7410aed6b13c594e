internal import Domain
internal import Platform

/// How long a model may take, and how long sessions wait for one.
struct ModelLimits {
    /// How long a session waits for a free slot inside of a worker; one that stops waits for it, too.
    static let slotWaitMax = Duration.seconds(5)
    private static let pauseMost = Duration.seconds(60)
    /// Of one prediction.
    let timeout: Duration
    /// From the acceptance of a session.
    let queueTime: Duration
    let clock: any WallClock

    /// What becomes of an item whose model is away or busy now: its session waits, or it fails if that has taken too long.
    ///
    /// `pause` is that of a session's first wait. Later ones are longer, up to 16 times, so that many waiting sessions
    /// cost little.
    func wait(_ session: ClaimedTryOn, _ pause: Duration) -> RenderFailure {
        if session.id.createdAt + queueTime < clock.now() { return .item(ModelError.queueTimeout) }
        return .unavailable(min(Self.pauseMost, pause * (1 << min(max(0, session.claim.number - 1), 4))))
    }
}
