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
}
