/// Why a text is not a JSON document.
package struct JSONError: Error, Hashable {
    package let message: String
}
