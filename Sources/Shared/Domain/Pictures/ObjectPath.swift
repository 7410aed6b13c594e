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
