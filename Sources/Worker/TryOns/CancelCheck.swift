/// Asks whether a session's owner has canceled it.
struct CancelCheck {
    let queue: QueueConsumer
    let claim: Claim

    func isCanceled() async -> Bool { await queue.isCancelRequested(claim) }
}
