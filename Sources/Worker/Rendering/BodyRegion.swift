internal import Domain
internal import Platform

/// The region of a picture that shows a garment of a category, relative to the detected face or, without one, to the
/// usual position of a face.
enum BodyRegion {
    /// A face in the upper third of a portrait.
    static let usualFace = PictureBox(x: 0.36, y: 0.08, width: 0.28, height: 0.24)

    static func box(for category: GarmentCategory, face seen: PictureBox?) -> PictureBox {
        let face = seen ?? usualFace
        // Detected skin is too wide if hair hides the brow, and too tall with the neck: the width limits the height.
        let height = min(face.height, face.width * 1.6 * 2 / 3)
        let middle = face.x + face.width / 2
        let chin = face.y + height
        func around(_ widths: Double, from top: Double, to bottom: Double) -> PictureBox {
            let width = min(0.98, face.width * widths)
            let left = min(max(0.01, middle - width / 2), 0.99 - width)
            let upper = min(max(0, top), 0.9)
            return PictureBox(x: left, y: upper, width: width, height: max(0.05, min(1, bottom) - upper))
        }
        switch category {
        case .headwear: return around(2.0, from: face.y - height * 0.6, to: face.y + height * 0.42)
        case .eyewear: return around(1.0, from: face.y + height * 0.34, to: face.y + height * 0.66)
        case .top: return around(3.6, from: chin + height * 0.05, to: chin + height * 2.5)
        case .outerwear: return around(4.0, from: chin - height * 0.05, to: chin + height * 2.8)
        case .dress: return around(3.6, from: chin + height * 0.15, to: 0.98)
        case .bottom: return around(3.0, from: chin + height * 2.4, to: 0.97)
        case .shoes: return around(2.4, from: 0.86, to: 0.99)
        case .accessory: return around(1.6, from: chin + height * 0.05, to: chin + height * 1.2)
        }
    }
}
