/// An error of libvips.
package struct PictureError: Error, Hashable {
    package let message: String

    package init(message: String) {
        self.message = message
    }
}
