/// How large and how dear a picture is.
package enum Quality: String, Hashable, Sendable, CaseIterable {
    case sd = "SD"
    case hd = "HD"
    case ultra = "4K"

    /// Credits of one item, and its weight in a queue.
    package var itemCredits: Int {
        switch self {
        case .sd: 1
        case .hd: 2
        case .ultra: 4
        }
    }

    /// Pixels of a result.
    package var size: (width: Int, height: Int) {
        switch self {
        case .sd: (576, 864)
        case .hd: (864, 1_296)
        case .ultra: (2_560, 3_840)
        }
    }
}
