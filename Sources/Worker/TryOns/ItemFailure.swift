/// The reason why an item has no picture, for its owner.
struct ItemFailure: Error, Hashable, Sendable {
    let code: String
    let message: String

    init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
