internal import Domain

/// Why a picture was not made.
enum RenderFailure: Error {
    /// This item cannot be rendered: its owner is informed and refunded.
    case item(ItemFailure)
    /// An internal error: the session is retried.
    case retry(any Error)
    /// No capacity now: the session waits, and no attempt is counted.
    case busy
}
