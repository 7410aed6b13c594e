internal import Domain
internal import Platform

/// The region of a picture that shows a garment of a category, relative to the detected face or, without one, to the
/// usual position of a face.
enum BodyRegion {
    /// A face in the upper third of a portrait.
    static let usualFace = PictureBox(x: 0.36, y: 0.08, width: 0.28, height: 0.24)

    /// The head, from the hair's beginning to the chin, of a detected face, which begins at the brows.
    private static func head(_ face: PictureBox) -> PictureBox {
        let brow = face.height * 0.3
        return PictureBox(x: face.x, y: face.y - brow, width: face.width, height: face.height + brow)
    }

    static func box(for category: GarmentCategory, face seen: PictureBox?) -> PictureBox {
        let face = seen.map(head) ?? usualFace
        let height = face.height
        let middle = face.x + face.width / 2
        let chin = face.y + height
        /// A region inside the picture; the garment is made smaller if it does not fit.
        func within(_ widths: Double, from top: Double, to bottom: Double) -> PictureBox {
            let width = min(0.98, face.width * widths)
            let left = min(max(0.01, middle - width / 2), 0.99 - width)
            let upper = min(max(0, top), 0.9)
            return PictureBox(x: left, y: upper, width: width, height: max(0.05, min(1, bottom) - upper))
        }
        /// A region that may reach beyond the picture, as the body does; the garment is cut by the picture's edge.
        func beyond(_ widths: Double, from top: Double, to bottom: Double) -> PictureBox {
            let width = face.width * widths
            return PictureBox(x: middle - width / 2, y: min(top, 0.9), width: width, height: bottom - top)
        }
        switch category {
        case .headwear: return within(2.0, from: face.y - height * 0.6, to: face.y + height * 0.42)
        case .eyewear: return within(1.1, from: face.y + height * 0.28, to: face.y + height * 0.6)
        case .top: return beyond(3.6, from: chin + height * 0.05, to: chin + height * 2.5)
        case .outerwear: return beyond(4.0, from: chin - height * 0.05, to: chin + height * 2.8)
        case .dress: return beyond(3.6, from: chin + height * 0.15, to: chin + height * 4.8)
        case .bottom: return within(3.0, from: chin + height * 2.4, to: 0.97)
        case .shoes: return within(2.4, from: 0.86, to: 0.99)
        case .accessory: return within(1.6, from: chin + height * 0.05, to: chin + height * 1.2)
        }
    }
}
