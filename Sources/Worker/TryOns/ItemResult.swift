internal import Domain

/// The outcome of one item.
struct ItemResult: Hashable, Sendable {
    let work: ItemWork
    let outcome: Result<Picture, ItemFailure>

    /// A stored picture; `path` is nil if none was made.
    struct Picture: Hashable, Sendable {
        let path: String?
        let renderer: String
    }
}
