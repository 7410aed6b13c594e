import Platform
import Synchronization

/// An object store in memory that a test can make fail.
final class MemoryObjectStore: ObjectStore {
    private struct State {
        var files: [String: [UInt8]] = [:]
        var failures: Set<String> = []
    }

    private let state = Mutex(State())

    var files: [String: [UInt8]] { state.withLock { $0.files } }

    /// Makes every operation on paths with this prefix fail.
    func fail(_ prefix: String) {
        state.withLock { _ = $0.failures.insert(prefix) }
    }

    func repair() {
        state.withLock { $0.failures.removeAll() }
    }

    func put(_ path: String, _ bytes: [UInt8]) async -> Result<Void, ObjectStoreError> {
        run(path) { $0[path] = bytes }
    }

    func get(_ path: String) async -> Result<[UInt8], ObjectStoreError> {
        run(path) { $0[path] }.flatMap { $0.map { .success($0) } ?? .failure(.missing(path)) }
    }

    func open(_ path: String) async -> Result<ObjectContent, ObjectStoreError> {
        await get(path).map { .bytes($0) }
    }

    func delete(_ path: String) async -> Result<Void, ObjectStoreError> {
        run(path) { $0[path] = nil }
    }

    func deletePartialFiles(olderThan age: Duration) async {}

    private func run<Value: Sendable>(
        _ path: String, _ body: (inout [String: [UInt8]]) -> Value
    ) -> Result<Value, ObjectStoreError> {
        state.withLock { state in
            if state.failures.contains(where: { path.hasPrefix($0) }) { return .failure(.busy) }
            return .success(body(&state.files))
        }
    }
}
