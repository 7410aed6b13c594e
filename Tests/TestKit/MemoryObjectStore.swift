import Platform
import Synchronization

/// An object store in memory that a test can make fail.
package final class MemoryObjectStore: ObjectStore {
    private struct State {
        package var files: [String: [UInt8]] = [:]
        var failures: Set<String> = []
        var losesAnswers = false
        var refusesDeletions = false
        var puts = 0
        var reads: [String: Int] = [:]
        /// Deleted after the next put.
        var vanishing: String?
    }

    private let state = Mutex(State())

    package init() {}

    package var files: [String: [UInt8]] { state.withLock { $0.files } }

    /// How often a file was put.
    package var puts: Int { state.withLock { $0.puts } }

    /// How often a file was read.
    package func reads(_ path: String) -> Int { state.withLock { $0.reads[path, default: 0] } }

    /// Makes every operation on paths with this prefix fail.
    package func fail(_ prefix: String) {
        state.withLock { _ = $0.failures.insert(prefix) }
    }

    /// Makes a file vanish directly after the next put of another one.
    package func vanish(_ path: String) {
        state.withLock { $0.vanishing = path }
    }

    /// Makes puts write the file, and report a failure.
    package func loseAnswersOfPuts() {
        state.withLock { $0.losesAnswers = true }
    }

    /// Makes every deletion fail.
    package func refuseDeletions() {
        state.withLock { $0.refusesDeletions = true }
    }

    package func repair() {
        state.withLock { $0.failures.removeAll() }
    }

    package func put(_ path: String, _ bytes: [UInt8]) async -> Result<Void, ObjectStoreError> {
        let written = run(path) { $0[path] = bytes }
        state.withLock { state in
            state.puts += 1
            if let path = state.vanishing { state.files[path] = nil }
            state.vanishing = nil
        }
        return state.withLock { $0.losesAnswers } ? .failure(.unavailable("no answer")) : written
    }

    package func get(_ path: String, _ range: Range<Int>?) async -> Result<[UInt8], ObjectStoreError> {
        state.withLock { $0.reads[path, default: 0] += 1 }
        return run(path) { $0[path] }.flatMap { bytes in
            guard let bytes else { return .failure(.missing(path)) }
            return .success(range.map { Array(bytes[$0.clamped(to: bytes.indices)]) } ?? bytes)
        }
    }

    package func open(_ path: String, isHead: Bool) async -> Result<ObjectContent, ObjectStoreError> {
        await get(path).map { .bytes($0) }
    }

    package func delete(_ paths: [String]) async -> [UndeletedObject] {
        paths.compactMap { path in
            if state.withLock({ $0.refusesDeletions }) { return UndeletedObject(path: path, error: .busy) }
            guard case .failure(let error) = run(path, { $0[path] = nil }) else { return nil }
            return UndeletedObject(path: path, error: error)
        }
    }

    package func deletePartialFiles(olderThan age: Duration) async {}

    private func run<Value: Sendable>(
        _ path: String, _ body: (inout [String: [UInt8]]) -> Value
    ) -> Result<Value, ObjectStoreError> {
        state.withLock { state in
            if state.failures.contains(where: { path.hasPrefix($0) }) { return .failure(.busy) }
            return .success(body(&state.files))
        }
    }
}
