/// What a picture is.
package struct PictureInfo: Hashable, Sendable {
    package let format: PictureFormat
    /// In pixels, upright by EXIF.
    package let width: Int
    package let height: Int
}
