/// The reason why a text is not a valid JSON document.
package struct JSONError: Error, Hashable {
    package let message: String
}
