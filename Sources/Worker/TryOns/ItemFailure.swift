/// The reason why an item has no picture, for its owner.
struct ItemFailure: Error, Hashable, Sendable {
    let code: String
    let message: String

    /// The most characters of a message; the database takes no more.
    static let messageCharactersMax = 255

    /// A longer message is cut.
    init(code: String, message: String) {
        self.code = code
        var short = String.UnicodeScalarView()
        short.append(contentsOf: message.unicodeScalars.prefix(Self.messageCharactersMax))
        self.message = String(short)
    }
}
