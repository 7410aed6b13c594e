package import Platform

/// Paths of pictures in the object store.
package enum ObjectPath {
    package static func photo(_ organization: OrganizationID, _ id: PhotoID, _ format: PictureFormat) -> String {
        "enterprise/org-\(organization)/photos/\(id).\(format.fileExtension)"
    }

    package static func garment(_ organization: OrganizationID, _ id: GarmentID, _ format: PictureFormat) -> String {
        "enterprise/org-\(organization)/garments/\(id).\(format.fileExtension)"
    }

    package static func result(_ organization: OrganizationID, _ session: SessionID, _ item: ItemID) -> String {
        "enterprise/org-\(organization)/results/\(session)/\(item).jpg"
    }

    /// The photograph in the shape of a quality's results, and not larger than them.
    package static func rendition(of photo: String, _ quality: Quality) -> String {
        inserting("-\(quality.rawValue.lowercased())", into: photo)
    }

    /// The files of a photograph.
    package static func files(ofPhoto path: String) -> [String] {
        [path] + Quality.allCases.map { rendition(of: path, $0) }
    }

    /// A garment that has at most `smallSidePixels` a side.
    package static func small(_ garment: String) -> String { inserting("-small", into: garment) }
    package static let smallSidePixels = 1_024

    /// The files of a garment.
    package static func files(ofGarment path: String) -> [String] { [path, small(path)] }

    /// A smaller copy of a picture, made when a client asks for it first.
    package static func variant(of path: String, _ width: PictureWidth) -> String {
        inserting("-w\(width.rawValue)", into: path)
    }

    /// The variants that a file can have.
    package static func variants(of path: String) -> [String] {
        hasVariants(path) ? PictureWidth.allCases.map { variant(of: path, $0) } : []
    }

    /// Whether a file, or a variant of it, is among those that were not deleted.
    package static func isLeft(_ path: String, of undeleted: Set<String>) -> Bool {
        undeleted.contains(path) || variants(of: path).contains(where: undeleted.contains)
    }

    /// Whether a path is that of a whole picture, and not of a rendition.
    package static func hasVariants(_ path: String) -> Bool {
        path.split(separator: "/").last?.contains("-") == false
    }

    private static func inserting(_ suffix: String, into path: String) -> String {
        guard let dot = path.lastIndex(of: ".") else { return path + suffix }
        return "\(path[..<dot])\(suffix)\(path[dot...])"
    }

    /// Whether an untrusted path is of the form `enterprise/...` and stays inside the store.
    package static func isValid(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.first == "enterprise" && parts.count >= 4
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix(".")
                    && part.utf8.allSatisfy {
                        ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x7a) || $0 == 0x2d
                            || $0 == 0x2e || $0 == 0x5f
                    }
            }
    }
}
