import Foundation
import TestKit
import Testing

@testable import Platform

/// The object store on a real directory.
@Suite("Files in a directory")
struct DirectoryObjectStoreTests {
    private let path: String
    private let store: DirectoryObjectStore

    init() throws {
        path = "/tmp/drape-test-objects-\(UInt64.random(in: 0...UInt64.max))"
        store = DirectoryObjectStore(directory: path)
    }

    private func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    @Test("what is put is read back, and a second put replaces it")
    func replaces() async throws {
        defer { remove() }
        try await store.put("a/b/c.jpg", [1, 2, 3]).get()
        #expect(try await store.get("a/b/c.jpg").get() == [1, 2, 3])
        try await store.put("a/b/c.jpg", [4]).get()
        #expect(try await store.get("a/b/c.jpg").get() == [4])
        guard case .file(let file) = try await store.open("a/b/c.jpg", isHead: false).get() else {
            Issue.record("a directory gives files")
            return
        }
        #expect(file.count == 1)
        // Nothing is left of the writes.
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/.partial").isEmpty)
    }

    @Test("a range has the bytes that the file has, and of many files those that cannot be deleted are named")
    func rangesAndBatches() async throws {
        defer { remove() }
        try await store.put("a/b", [1, 2, 3]).get()
        #expect(try await store.get("a/b", 1..<2).get() == [2])
        #expect(try await store.get("a/b", 2..<9).get() == [3])
        #expect(try await store.get("a/b", 8..<9).get() == [])
        // A directory is not deleted as a file.
        #expect(await store.delete(["none", "a", "a/b"]).map(\.path) == ["a"])
        guard case .failure(.missing) = await store.get("a/b") else {
            Issue.record("it is still there")
            return
        }
    }

    @Test("a deleted file is missing, and it may be deleted again")
    func deletes() async throws {
        defer { remove() }
        try await store.put("a/b.jpg", [1]).get()
        try await store.delete("a/b.jpg").get()
        try await store.delete("a/b.jpg").get()
        await #expect(throws: ObjectStoreError.self) { try await store.get("a/b.jpg").get() }
        guard case .failure(.missing("a/b.jpg")) = await store.open("a/b.jpg", isHead: false) else {
            Issue.record("the file is not reported as missing")
            return
        }
    }

    @Test("the directories of a deleted file go with it, unless they hold others; writers beside it do not fail")
    func emptyDirectories() async throws {
        defer { remove() }
        try await store.put("a/b/c/d.jpg", [1]).get()
        try await store.put("a/e.jpg", [1]).get()
        try await store.delete("a/b/c/d.jpg").get()
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/a") == ["e.jpg"])
        try await store.delete("a/e.jpg").get()
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [".partial"])
        let store = self.store
        await withDiscardingTaskGroup { group in
            for number in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        if case .failure(let error) = await store.put("x/y/\(number).jpg", [1]) {
                            Issue.record("a file was not written: \(error)")
                        }
                        _ = await store.delete("x/y/\(number).jpg")
                    }
                }
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [".partial"])
    }

    @Test("a directory that cannot be written is an error, and nothing is left")
    func unwritable() async throws {
        defer { remove() }
        try await store.put("a", [1]).get()
        // "a" is a file, so it cannot be a folder.
        guard case .failure(.system) = await store.put("a/b.jpg", [2]) else {
            Issue.record("a file was written below a file")
            return
        }
        #expect(try await store.get("a").get() == [1])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/.partial").isEmpty)
    }

    @Test("partial files of interrupted writers are deleted by their age")
    func partial() async throws {
        defer { remove() }
        try await store.put("a.jpg", [1]).get()
        let partial = "\(path)/.partial"
        for (name, age) in [("old", 7_200.0), ("new", 60)] {
            _ = FileManager.default.createFile(atPath: "\(partial)/\(name)", contents: Data([1]))
            let date = Date(timeIntervalSinceNow: -age)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: "\(partial)/\(name)")
        }
        await store.deletePartialFiles(olderThan: .seconds(3_600))
        #expect(try FileManager.default.contentsOfDirectory(atPath: partial) == ["new"])
        #expect(try await store.get("a.jpg").get() == [1])
    }
}
