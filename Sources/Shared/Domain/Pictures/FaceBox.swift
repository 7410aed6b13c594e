package import Platform

/// The face in a stored photograph, in pixels: from the brows to the chin.
package struct FaceBox: Hashable, Sendable {
    package let x: Int
    package let y: Int
    package let width: Int
    package let height: Int
    /// How sure the detector is; above 0.
    package let confidence: Double

    package init(x: Int, y: Int, width: Int, height: Int, confidence: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.confidence = confidence
    }

    /// Reads the columns of a photo; nil if it has no face.
    package init?(_ row: MySQLRow) {
        guard let x = row.optionalInteger("face_x"), let y = row.optionalInteger("face_y"),
            let width = row.optionalInteger("face_width"), let height = row.optionalInteger("face_height")
        else { return nil }
        self.init(x: Int(x), y: Int(y), width: Int(width), height: Int(height), confidence: 0)
    }
}
