internal import Domain
internal import Platform

/// How long a model may take, and how long sessions wait for one.
struct ModelLimits {
    /// How long a session waits for a free slot until it looks whether it has to end.
    static let slotWait = Duration.seconds(5)
    /// How long a session waits inside of a worker for a model that is away or busy; another worker may have a free one.
    static let insideMax = Duration.seconds(30)
    /// Of one prediction.
    let timeout: Duration
    /// From the acceptance of a session.
    let queueTime: Duration
    let clock: any WallClock
    /// Whether the worker stops, so that sessions that wait are released.
    let isDraining: () -> Bool

    /// Whether a session has waited so long that it fails if no model is free now.
    func isOverdue(_ session: ClaimedTryOn) -> Bool { session.id.createdAt + queueTime < clock.now() }

    /// Waits inside of the worker for a model that this worker cannot use.
    func waitInside(
        _ session: ClaimedTryOn, _ cancel: CancelCheck, _ loop: EventLoop
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let end = loop.now + Self.insideMax
        while loop.now < end, !isOverdue(session), !isDraining() {
            await loop.sleep(for: Self.slotWait)
            if await cancel.isCanceled() { return .failure(.canceled) }
        }
        return .failure(wait(session, Self.slotWait))
    }

    /// What becomes of an item whose model is away or busy: its session waits outside of the worker, or it fails.
    func wait(_ session: ClaimedTryOn, _ pause: Duration) -> RenderFailure {
        if isOverdue(session) { return .item(ModelError.queueTimeout) }
        return .unavailable(isDraining() ? .zero : pause)
    }
}
