/// Why an item has no picture, in words for its owner.
package struct ItemFailure: Error, Hashable, Sendable {
    package let code: String
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
