@testable import Worker

/// A renderer that answers as a test says, and records what it was asked for.
final class ScriptedRenderer: Renderer {
    let name = "scripted"
    /// Answers to the next items, in order; after them every item has a picture.
    var answers: [Result<ItemResult.Picture, RenderFailure>] = []
    /// Runs before each answer.
    var beforeAnswer: () async -> Void = {}
    private(set) var rendered: [ItemWork] = []

    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        rendered.append(work)
        await beforeAnswer()
        if answers.isEmpty { return .success(ItemResult.Picture(hasFile: false, renderer: name)) }
        return answers.removeFirst()
    }
}
