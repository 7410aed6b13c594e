/// A renderer that makes no pictures, for benchmarks of everything else.
struct NoRenderer: Renderer {
    let name = "none"

    func render(_ work: ItemWork, of session: ClaimedTryOn) async -> Result<ItemResult.Picture, RenderFailure> {
        .success(ItemResult.Picture(path: nil, renderer: name))
    }
}
