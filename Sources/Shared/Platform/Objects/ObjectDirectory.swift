internal import Foundation

/// The files of a directory, by path; every operation blocks.
///
/// A file is written to a temporary file, synchronized with fsync, and renamed.
struct ObjectDirectory: Sendable {
    private let directory: String
    private let synchronize: @Sendable (String) throws(SystemError) -> Void

    /// - Parameters:
    ///   - path: the directory; it is created with the first file.
    ///   - synchronize: makes the entries of a directory durable.
    init(
        path: String,
        synchronize: @escaping @Sendable (String) throws(SystemError) -> Void = { path throws(SystemError) in
            try Self.synchronize(path)
        }
    ) {
        directory = path
        self.synchronize = synchronize
    }

    /// How often a file is moved to its place; another process may delete an empty directory in between.
    private static let triesMax = 5

    /// Creates or replaces a file atomically; after a crash it is there, in directories that are there.
    func put(_ path: String, _ bytes: [UInt8]) throws(ObjectStoreError) {
        let target = "\(directory)/\(path)"
        let folder = Self.parent(of: target)
        let temporary = "\(partial)/\(SecureRandom.bytes(count: 8).hexText)"
        do throws(SystemError) {
            try createDirectory(partial)
            try write(bytes, to: temporary)
            for attempt in 1...Self.triesMax {
                try createDirectory(folder)
                if unsafe rename(temporary, target) == 0 { break }
                if errno != ENOENT || attempt == Self.triesMax { throw SystemError(operation: "rename") }
            }
            try synchronize(folder)
        } catch {
            unsafe unlink(temporary)
            throw .system(error)
        }
    }

    /// The path without its last component; empty if it has only one.
    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// Creates a directory and those above it; the entry of each new one is synchronized.
    private func createDirectory(_ path: String) throws(SystemError) {
        if unsafe mkdir(path, 0o755) == 0 {
            do throws(SystemError) {
                return try synchronize(Self.parent(of: path))
            } catch {
                // A later writer creates it again. One that has found it meanwhile keeps it, and relies on its entry.
                unsafe rmdir(path)
                throw error
            }
        }
        switch errno {
        case EEXIST: return
        case ENOENT:
            try createDirectory(Self.parent(of: path))
            try createDirectory(path)
        default: throw SystemError(operation: "mkdir")
        }
    }

    /// The directory of files that are being written.
    private var partial: String { "\(directory)/.partial" }

    /// Deletes the partial files of writers that crashed.
    func deletePartialFiles(olderThan age: Duration) {
        // The directory does not exist before the first file is written.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: partial)) ?? []
        if names.isEmpty { return }
        let now = fileSystemTime() ?? time(nil)
        for name in names {
            let path = "\(partial)/\(name)"
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { continue }
            if Double(now - status.st_mtim.tv_sec) > age.inSeconds { unsafe unlink(path) }
        }
    }

    /// The time in seconds that a file has which is written now; nil if none can be written.
    ///
    /// A shared file system may have another clock than this machine.
    private func fileSystemTime() -> time_t? {
        let path = "\(partial)/\(SecureRandom.bytes(count: 8).hexText)"
        defer { unsafe unlink(path) }
        var status = stat()
        do throws(SystemError) { try write([], to: path) } catch { return nil }
        return unsafe stat(path, &status) == 0 ? status.st_mtim.tv_sec : nil
    }

    /// The bytes of a file, or those that it has of a range.
    func get(_ path: String, _ range: Range<Int>?) throws(ObjectStoreError) -> [UInt8] {
        let file = try open(path)
        let part = (range ?? 0..<file.count).clamped(to: 0..<file.count)
        do throws(SystemError) { return try file.read(part) } catch { throw .system(error) }
    }

    /// Opens a file for reading.
    func open(_ path: String) throws(ObjectStoreError) -> ReadableFile {
        do throws(SystemError) {
            return try ReadableFile(path: "\(directory)/\(path)")
        } catch {
            throw error.code == ENOENT ? .missing(path) : .system(error)
        }
    }

    /// Deletes a file, and the directories that are empty without it; a missing file is not an error.
    /// - Returns: why the file was not deleted.
    func delete(_ path: String) -> ObjectStoreError? {
        if unsafe unlink("\(directory)/\(path)") != 0, errno != ENOENT {
            return .system(SystemError(operation: "unlink"))
        }
        var folder = Self.parent(of: path)
        while !folder.isEmpty, unsafe rmdir("\(directory)/\(folder)") == 0 { folder = Self.parent(of: folder) }
        return nil
    }

    private func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let file = unsafe try FileDescriptor(
            taking: Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600), operation: "open")
        var start = 0
        while start < bytes.count {
            let number = file.number
            let count = unsafe bytes.withUnsafeBytes { raw in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: raw[start...])
                return unsafe Foundation.write(number, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw SystemError(operation: "write") }
            start += count
        }
        if fsync(file.number) != 0 { throw SystemError(operation: "fsync") }
    }

    static func synchronize(_ folder: String) throws(SystemError) {
        let file = unsafe try FileDescriptor(
            taking: Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), operation: "open")
        if fsync(file.number) != 0 { throw SystemError(operation: "fsync") }
    }
}
