/// Why a session ends as failed and refunded, without a picture.
enum ForcedEnd {
    /// It crashed its workers, or failed at every attempt.
    case crashed
    /// Its job cannot be read.
    case unreadable

    var failure: ItemFailure {
        switch self {
        case .crashed: ItemFailure(code: "processing_crashed", message: "rendering failed again and again")
        case .unreadable: ItemFailure(code: "job_unreadable", message: "the stored request cannot be read")
        }
    }
}
