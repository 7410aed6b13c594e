import Platform
import Testing

/// Waits until a condition holds; records an issue if it does not within the deadline.
package func poll(
    _ what: String = "the condition", within deadline: Duration = .seconds(30),
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + deadline
    while ContinuousClock.now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("\(what) did not come to hold within \(deadline)")
}
