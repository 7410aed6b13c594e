/// Stores files by path.
///
/// A file is always complete: a reader sees the old content or the new content, never a part.
///
/// The functions return results, because Swift 6.3 compiles small typed errors of async functions incorrectly.
///
/// There are five requirements, because a store also has to delete what interrupted writers left.
package protocol ObjectStore: Sendable {
    /// Creates or replaces a file; it is durable when this returns.
    func put(_ path: String, _ bytes: [UInt8]) async -> Result<Void, ObjectStoreError>

    /// The bytes of a file, or those that it has of a range.
    func get(_ path: String, _ range: Range<Int>?) async -> Result<[UInt8], ObjectStoreError>

    /// Opens a file, to be sent as the body of a response; `isHead`: its request was HEAD.
    func open(_ path: String, isHead: Bool) async -> Result<ObjectContent, ObjectStoreError>

    /// Deletes files; a missing file is not an error.
    /// - Returns: those that were not deleted.
    func delete(_ paths: [String]) async -> [UndeletedObject]

    /// Deletes what was left by writers that were interrupted longer than `age` ago.
    func deletePartialFiles(olderThan age: Duration) async
}

extension ObjectStore {
    /// The bytes of a file.
    package func get(_ path: String) async -> Result<[UInt8], ObjectStoreError> { await get(path, nil) }

    /// Deletes one file.
    package func delete(_ path: String) async -> Result<Void, ObjectStoreError> {
        await delete([path]).first.map { .failure($0.error) } ?? .success(())
    }
}

/// A file that was not deleted.
package struct UndeletedObject: Sendable {
    package let path: String
    package let error: ObjectStoreError

    package init(path: String, error: ObjectStoreError) {
        self.path = path
        self.error = error
    }
}

/// The content of a stored file, in the form in which its store can give it to a response.
package enum ObjectContent: Sendable {
    case file(ReadableFile)
    case bytes([UInt8])
    /// A URL at which the client gets it.
    case link(String)
}

/// Why a store did not do an operation.
package enum ObjectStoreError: Error, CustomStringConvertible {
    /// There is no file at this path.
    case missing(String)
    /// Too many operations wait; it may be tried again later.
    case busy
    /// The operating system refused.
    case system(SystemError)
    /// The store refused; it will again.
    case refused(String)
    /// The store did not answer, or not now.
    case unavailable(String)

    package var description: String {
        switch self {
        case .missing(let path): "there is no file \(path)"
        case .busy: "too many operations wait for the object store"
        case .system(let error): error.description
        case .refused(let reason): "the object store refuses it: \(reason)"
        case .unavailable(let reason): "the object store is not available: \(reason)"
        }
    }
}
