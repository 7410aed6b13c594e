internal import Domain

/// Why a picture was not made.
enum RenderFailure: Error {
    /// This item cannot be rendered: its owner is told, and refunded.
    case item(ItemFailure)
    /// Something of ours failed: the session is tried again.
    case retry(any Error)
    /// There is no capacity now: the session waits, and no attempt is counted.
    case busy
}
