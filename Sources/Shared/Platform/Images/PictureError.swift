/// Why libvips did not do what was asked.
package struct PictureError: Error, Hashable {
    package let message: String

    package init(message: String) {
        self.message = message
    }
}
