import Platform
import Synchronization

/// An object store in which every operation waits until the test opens it; it counts the operations that wait.
package final class HeldObjectStore: ObjectStore {
    private struct State {
        var isOpen = false
        var waiting: [String: Int] = [:]
        var waitingMax: [String: Int] = [:]
        var waitingMaxOfAll = 0
    }

    private let state = Mutex(State())
    private let content: [UInt8]
    /// What paths are counted by.
    private let group: @Sendable (String) -> String

    /// - Parameters:
    ///   - content: the content of every file.
    ///   - group: what operations on a path are counted by.
    package init(content: [UInt8] = [], group: @escaping @Sendable (String) -> String) {
        self.content = content
        self.group = group
    }

    /// Lets all operations end, and all later ones.
    package func open() {
        state.withLock { $0.isOpen = true }
    }

    /// The number of operations of a group that wait.
    package func waiting(_ group: String) -> Int { state.withLock { $0.waiting[group, default: 0] } }

    /// The largest number of operations of a group that have waited at the same time.
    package func waitingMax(_ group: String) -> Int { state.withLock { $0.waitingMax[group, default: 0] } }

    package var waitingMaxOfAll: Int { state.withLock { $0.waitingMaxOfAll } }

    private func wait(_ path: String) async {
        let name = group(path)
        state.withLock { state in
            let count = state.waiting[name, default: 0] + 1
            state.waiting[name] = count
            state.waitingMax[name] = max(state.waitingMax[name, default: 0], count)
            state.waitingMaxOfAll = max(state.waitingMaxOfAll, state.waiting.values.reduce(0, +))
        }
        while !state.withLock({ $0.isOpen }) { try? await Task.sleep(for: .milliseconds(1)) }
        state.withLock { $0.waiting[name, default: 1] -= 1 }
    }

    package func put(_ path: String, _ bytes: [UInt8]) async -> Result<Void, ObjectStoreError> {
        await wait(path)
        return .success(())
    }

    package func get(_ path: String, _ range: Range<Int>?) async -> Result<[UInt8], ObjectStoreError> {
        await wait(path)
        return .success(content)
    }

    package func open(_ path: String, isHead: Bool) async -> Result<ObjectContent, ObjectStoreError> {
        .success(.bytes(content))
    }

    package func delete(_ paths: [String]) async -> [UndeletedObject] { [] }

    package func deletePartialFiles(olderThan age: Duration) async {}
}
