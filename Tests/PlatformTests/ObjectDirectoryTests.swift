import Foundation
import Synchronization
import TestKit
import Testing

@testable import Platform

/// What a directory of files makes durable.
@Suite("Durable directories")
struct ObjectDirectoryTests {
    /// A directory that records what it synchronizes, and does it.
    private final class Recorded: Sendable {
        let path: String
        private let folders = Mutex<[String]>([])

        init() throws {
            path = try TestPlace.temporaryDirectory()
        }

        var directory: ObjectDirectory {
            ObjectDirectory(path: path) { folder throws(SystemError) in
                try ObjectDirectory.synchronize(folder)
                self.folders.withLock { $0.append(folder) }
            }
        }

        /// The directories that were synchronized since the last call, below this one.
        func taken() -> [String] {
            folders.withLock { folders in
                defer { folders = [] }
                return folders.map { $0.hasPrefix(path) ? String($0.dropFirst(path.count)) : $0 }
            }
        }
    }

    @Test("the entry of a file and the entries of its new directories are synchronized, each in the directory above it")
    func created() throws {
        let recorded = try Recorded()
        try recorded.directory.put("a/b/c/file", [1])
        // The first entry is that of the directory of partial files.
        #expect(recorded.taken() == ["", "", "/a", "/a/b", "/a/b/c"])
        try recorded.directory.put("a/b/c/other", [1])
        #expect(recorded.taken() == ["/a/b/c"])
        try recorded.directory.put("a/d/file", [1])
        #expect(recorded.taken() == ["/a", "/a/d"])
    }

    @Test("a file whose directory cannot be made durable is not stored, and neither it nor that directory is left")
    func refused() throws {
        let path = try TestPlace.temporaryDirectory()
        let directory = ObjectDirectory(path: path) { folder throws(SystemError) in
            if folder.hasSuffix("/a") { throw SystemError(operation: "fsync", code: EIO) }
        }
        #expect(throws: ObjectStoreError.self) { try directory.put("a/b/file", [1]) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/.partial").isEmpty)
        #expect(throws: ObjectStoreError.self) { try directory.get("a/b/file", nil) }
        #expect(!FileManager.default.fileExists(atPath: "\(path)/a/b"))
    }
}
