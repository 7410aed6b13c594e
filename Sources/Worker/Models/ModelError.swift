internal import Domain

/// An answer of a model that is no picture.
struct ModelError: Error, CustomStringConvertible {
    let description: String

    /// The failures that are caused by what a client has sent, with the codes of items.
    ///
    /// Source: FASHN, "Error handling".
    private static let ofClient = [
        "ImageLoadError": "image_load_error", "PoseError": "pose_error",
        "ContentModerationError": "content_moderation_error", "InputValidationError": "input_validation_error",
    ]

    /// The failure of an item if its owner's pictures are the reason; nil if the model is.
    static func failure(ofItem name: String, _ message: String) -> ItemFailure? {
        ofClient[name].map { ItemFailure(code: $0, message: message) }
    }

    /// The same for a text of the form `Name: message`.
    static func failure(ofItem text: String) -> ItemFailure? {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard let name = parts.first else { return nil }
        let message = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
        return failure(ofItem: String(name), String(message))
    }

    static func unsupported(_ category: GarmentCategory) -> ItemFailure {
        ItemFailure(
            code: "category_unsupported", message: "the renderer makes no pictures of the category \(category.rawValue)"
        )
    }

    /// The failure of an item that has waited too long.
    static let queueTimeout = ItemFailure(
        code: "renderer_unavailable", message: "the renderer was not available in time")
}
