/// The format and size of a picture.
package struct PictureInfo: Hashable, Sendable {
    package let format: PictureFormat
    /// In pixels, after rotation by the EXIF orientation.
    package let width: Int
    package let height: Int

    package init(format: PictureFormat, width: Int, height: Int) {
        self.format = format
        self.width = width
        self.height = height
    }
}
