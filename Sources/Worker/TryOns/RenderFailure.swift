internal import Domain
internal import Platform

/// Why a picture was not made.
enum RenderFailure: Error {
    /// This item cannot be rendered: its owner is informed and refunded.
    case item(ItemFailure)
    /// An internal error: the session is retried.
    case retry(any Error)
    /// No capacity now: the session waits, and no attempt is counted.
    case busy
    /// What makes the pictures is away: the session waits for this long, and no attempt is counted.
    case unavailable(Duration)
    /// Its owner has canceled the session.
    case canceled
}

extension RenderFailure {
    /// A failure of the object store.
    init(_ error: ObjectStoreError) {
        switch error {
        case .busy: self = .busy
        case .unavailable: self = .unavailable(.seconds(5))
        case .missing, .system, .refused: self = .retry(error)
        }
    }
}
