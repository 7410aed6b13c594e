/// The renderer that makes the pictures.
package enum RendererKind: String, Sendable, CaseIterable {
    case compositor, none
}
