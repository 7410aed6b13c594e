/// The renderer that makes the pictures.
package enum RendererKind: String, Sendable, CaseIterable {
    /// Lays the garment onto the photograph.
    case compositor
    /// A server of the cog protocol.
    case model
    /// A hosted API that is compatible with FASHN's.
    case fashn
    case none
}
