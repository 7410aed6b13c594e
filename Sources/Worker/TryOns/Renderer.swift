/// Makes the picture of one item.
protocol Renderer {
    /// The renderer's name in results.
    var name: String { get }

    /// Makes and stores a picture, or returns why there is none; it may be called again for the same item.
    func render(_ work: ItemWork, of session: ClaimedTryOn) async -> Result<ItemResult.Picture, RenderFailure>
}
