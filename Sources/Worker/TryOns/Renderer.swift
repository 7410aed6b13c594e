/// Makes the picture of one item.
protocol Renderer {
    /// Makes and stores a picture, or returns why there is none; it may be called again for the same item.
    ///
    /// One that takes long asks `cancel` from time to time.
    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure>
}
