internal import Domain

/// The outcome of one item.
struct ItemResult: Hashable, Sendable {
    enum Outcome: Hashable, Sendable {
        case completed(Picture)
        case failed(ItemFailure)
        /// It was canceled before it was started.
        case canceled
    }

    let work: ItemWork
    let outcome: Outcome
    /// Whether its row is written, and its event, if it has one.
    var isRecorded = false

    /// A picture; if it has a file, that is at the item's path (`ObjectPath.result`).
    struct Picture: Hashable, Sendable {
        let hasFile: Bool
        let renderer: String
    }

    var status: ItemStatus {
        switch outcome {
        case .completed: .completed
        case .failed: .failed
        case .canceled: .canceled
        }
    }

    var picture: Picture? {
        if case .completed(let picture) = outcome { picture } else { nil }
    }

    var failure: ItemFailure? {
        if case .failed(let failure) = outcome { failure } else { nil }
    }
}
