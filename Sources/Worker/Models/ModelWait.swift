internal import Domain
internal import Platform

/// A session that waits for a model inside of the worker.
struct ModelWait {
    /// The time between two looks whether it has to end.
    static let pause = Duration.seconds(2)
    let session: ClaimedTryOn
    let cancel: CancelCheck
    let limits: ModelLimits

    var owner: OrganizationID { session.job.organizationID }

    var isOverdue: Bool { limits.isOverdue(session) }

    /// Why the session does not wait any longer; nil if it does.
    func end() async -> RenderFailure? {
        if isOverdue || limits.isDraining() { return outside }
        return await cancel.isCanceled() ? .canceled : nil
    }

    /// Where a session goes that does not wait inside any longer: to the head of its lane, unless it is overdue.
    var outside: RenderFailure { isOverdue ? .item(ModelError.queueTimeout) : .unavailable(.zero) }

    /// Waits as long as a session may wait for a model that is away.
    func waitAway(on loop: EventLoop) async -> RenderFailure {
        let last = loop.now + ModelLimits.awayMax
        while true {
            if let failure = await end() { return failure }
            if loop.now >= last { return outside }
            await loop.sleep(for: Self.pause)
        }
    }
}
