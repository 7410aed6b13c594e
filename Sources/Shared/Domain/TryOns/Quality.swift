/// The quality of a picture, which determines its size and price.
package enum Quality: String, Hashable, Sendable, CaseIterable {
    case sd = "SD"
    case hd = "HD"
    case ultra = "4K"

    /// Price of one item in credits, and its weight in a queue.
    package var itemCredits: Int {
        switch self {
        case .sd: 1
        case .hd: 2
        case .ultra: 4
        }
    }

    /// Size of a result in pixels.
    package var size: (width: Int, height: Int) {
        switch self {
        case .sd: (576, 864)
        case .hd: (864, 1_296)
        case .ultra: (2_560, 3_840)
        }
    }
}
