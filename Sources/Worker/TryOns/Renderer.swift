/// Makes the picture of one item.
protocol Renderer {
    /// What results name as their renderer.
    var name: String { get }

    /// Makes and stores a picture, or says why there is none; it may be called again for the same item.
    func render(_ work: ItemWork, of session: ClaimedTryOn) async -> Result<ItemResult.Picture, RenderFailure>
}
