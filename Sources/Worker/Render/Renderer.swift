internal import Shared

/// Makes the picture of one item.
protocol Renderer {
    /// What results say made them.
    var name: String { get }

    /// Makes and stores a picture, or says why there is none. It may be called again for the same item.
    func render(_ work: ItemWork, of job: SessionJob) async -> Result<ItemResult.Picture, RenderFailure>
}

/// Why a picture was not made.
enum RenderFailure: Error {
    /// This item cannot be rendered: its owner is told, and refunded.
    case item(ItemFailure)
    /// Something of ours failed: the session is tried again.
    case retry(any Error)
    /// There is no room for it now: the session waits, and that is no attempt.
    case busy
}

/// Makes no pictures: for benchmarks of everything else.
struct NoRenderer: Renderer {
    let name = "none"

    func render(_ work: ItemWork, of job: SessionJob) async -> Result<ItemResult.Picture, RenderFailure> {
        .success(ItemResult.Picture(path: nil, renderer: name))
    }
}
