import Foundation
import Synchronization

/// A process that a test starts.
///
/// It is killed when its owner is released, and also when the test process dies.
package final class ServerProcess: Sendable {
    package enum Failure: Error, CustomStringConvertible {
        case notReady(String)

        package var description: String {
            switch self {
            case .notReady(let log): "a server did not become ready; its output ends:\n\(log)"
            }
        }
    }

    package let logPath: String
    /// The process id of the watchdog shell, whose child is the program.
    package let processIdentifier: pid_t
    private let hasEnded = Mutex(false)

    /// Starts a program under a watchdog that kills it when this process has ended.
    package init(_ executable: String, _ arguments: [String], environment: [String: String], logPath: String) throws {
        // As in the daemons: hiredis writes to servers that have been killed.
        signal(SIGPIPE, SIG_IGN)
        self.logPath = logPath
        // `wait` handles a signal at once; a loop in the foreground would handle it only after its `sleep`.
        let watch = """
            "$@" & child=$!
            (while kill -0 \(getpid()) && kill -0 $child; do sleep 0.2; done; kill -9 $child) 2>/dev/null &
            trap 'kill -9 $child $! 2>/dev/null; wait $child; exit 0' TERM
            wait $child
            """
        processIdentifier = try Self.spawn(
            ["/bin/sh", "-c", watch, "watch", executable] + arguments, environment.map { "\($0.key)=\($0.value)" },
            logPath)
    }

    deinit {
        stop()
    }

    /// Spawns a process with an empty signal mask, because Dispatch threads block most signals.
    private static func spawn(_ words: [String], _ environment: [String], _ logPath: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, words[0], &actions, &attributes, arguments, variables)
        guard code == 0 else { throw Failure.notReady("\(words[0]): \(String(cString: strerror(code)))") }
        return child
    }

    package var isRunning: Bool { !reap(WNOHANG) }

    /// Kills the program at once, and waits for the watchdog's end.
    package func stop() {
        guard isRunning else { return }
        kill(processIdentifier, SIGTERM)
        _ = reap(0)
    }

    /// Whether the watchdog has ended; waits for that unless `options` has `WNOHANG`.
    private func reap(_ options: Int32) -> Bool {
        hasEnded.withLock { hasEnded in
            if !hasEnded {
                var status: Int32 = 0
                hasEnded = waitpid(processIdentifier, &status, options) == processIdentifier
            }
            return hasEnded
        }
    }

    /// Polls until `isReady` returns true.
    package func wait(_ isReady: () -> Bool) throws {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end, isRunning {
            if isReady() { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw Failure.notReady(log)
    }

    /// All output so far.
    package var output: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// The last 30 lines of the output.
    package var log: String {
        output.split(separator: "\n").suffix(30).joined(separator: "\n")
    }
}

/// Paths and environment of the test run.
package enum TestPlace {
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The directory of the built products.
    package static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .path

    package static var environment: [String: String] {
        ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp"]
    }

    /// The directories that were made; nil before the first.
    private static let directories = Mutex<[String]?>(nil)

    /// Creates an empty directory with a short path, because socket paths have at most 107 bytes.
    ///
    /// It is removed when the test process ends, if its owner has not removed it.
    package static func temporaryDirectory() throws -> String {
        let path = "/tmp/drape-test-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        directories.withLock { known in
            if known == nil {
                atexit {
                    for path in TestPlace.directories.withLock({ $0 ?? [] }) {
                        try? FileManager.default.removeItem(atPath: path)
                    }
                }
            }
            known = (known ?? []) + [path]
        }
        return path
    }
}
