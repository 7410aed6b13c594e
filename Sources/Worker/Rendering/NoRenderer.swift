/// A renderer that makes no pictures, for benchmarks of everything else.
struct NoRenderer: Renderer {
    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        .success(ItemResult.Picture(hasFile: false, renderer: "none"))
    }
}
