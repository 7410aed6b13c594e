internal import Foundation

/// The lock file of one worker instance, which also stores the id of the instance's last boot.
///
/// The lock is held as long as the process lives: after a process gets the lock, the stored boot is known to be dead.
final class InstanceLock {
    enum Failure: Error, CustomStringConvertible {
        case unusable(path: String, reason: String)
        case inUse(path: String)

        var description: String {
            switch self {
            case .unusable(let path, let reason): "the file \(path) cannot be used: \(reason)"
            case .inUse(let path):
                "another worker uses \(path): give each worker a DRAPE_INSTANCE_DIR or a DRAPE_WORKER_PORT of its own"
            }
        }
    }

    let previousBoot: String?
    private let file: FileHandle

    /// Locks the file of this instance, and writes the new boot id into it.
    init(directory: String, name: String, boot: String) throws(Failure) {
        let path = "\(directory)/\(name)"
        let number = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .unusable(path: path, reason: unsafe String(cString: strerror(errno))) }
        let file = FileHandle(fileDescriptor: number, closeOnDealloc: true)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path: path) }
        do {
            let old = try file.readToEnd().map { String(decoding: $0, as: UTF8.self) } ?? ""
            previousBoot = old.isEmpty ? nil : old
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(boot.utf8))
            try file.synchronize()
        } catch {
            throw .unusable(path: path, reason: "\(error)")
        }
        self.file = file
    }
}
