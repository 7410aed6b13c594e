/// A width in pixels in which clients can have a stored picture.
package enum PictureWidth: String, CaseIterable, Sendable {
    case w160 = "160"
    case w320 = "320"
    case w480 = "480"
    case w640 = "640"
    case w960 = "960"
    case w1280 = "1280"

    package var pixels: Int {
        switch self {
        case .w160: 160
        case .w320: 320
        case .w480: 480
        case .w640: 640
        case .w960: 960
        case .w1280: 1_280
        }
    }
}
