/// Stores files in a directory, on threads of its own.
package final class DirectoryObjectStore: ObjectStore {
    /// Files that a thread deletes before others have their turn.
    private static let deletionsMax = 256
    private let directory: ObjectDirectory
    private let threads = BlockingPool(name: "objects", threads: 4)

    /// - Parameter directory: path of the directory; it is created with the first file.
    package init(directory: String) {
        self.directory = ObjectDirectory(path: directory)
    }

    package func put(_ path: String, _ bytes: [UInt8]) async -> Result<Void, ObjectStoreError> {
        await run { directory throws(ObjectStoreError) in try directory.put(path, bytes) }
    }

    package func get(_ path: String, _ range: Range<Int>?) async -> Result<[UInt8], ObjectStoreError> {
        await run { directory throws(ObjectStoreError) in try directory.get(path, range) }
    }

    package func open(_ path: String, isHead: Bool) async -> Result<ObjectContent, ObjectStoreError> {
        await run { directory throws(ObjectStoreError) in .file(try directory.open(path)) }
    }

    package func delete(_ paths: [String]) async -> [UndeletedObject] {
        let directory = self.directory
        var left: [UndeletedObject] = []
        for start in stride(from: 0, to: paths.count, by: Self.deletionsMax) {
            let some = paths[start..<min(start + Self.deletionsMax, paths.count)]
            let undeleted = await threads.run {
                some.compactMap { path in directory.delete(path).map { UndeletedObject(path: path, error: $0) } }
            }
            left += undeleted ?? some.map { UndeletedObject(path: $0, error: .busy) }
        }
        return left
    }

    package func deletePartialFiles(olderThan age: Duration) async {
        let directory = self.directory
        _ = await threads.run { directory.deletePartialFiles(olderThan: age) }
    }

    private func run<Value: Sendable>(
        _ work: @escaping @Sendable (ObjectDirectory) throws(ObjectStoreError) -> Value
    ) async -> Result<Value, ObjectStoreError> {
        let directory = self.directory
        let result = await threads.run { () -> Result<Value, ObjectStoreError> in
            do throws(ObjectStoreError) {
                return .success(try work(directory))
            } catch {
                return .failure(error)
            }
        }
        return result ?? .failure(.busy)
    }
}
