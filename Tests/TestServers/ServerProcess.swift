import Foundation

/// A process that a test starts.
///
/// It is killed with its owner, and also when the test process dies.
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
    private let process: Process

    /// Starts a program under a watch that kills it when this process has gone.
    package init(_ executable: String, _ arguments: [String], environment: [String: String], logPath: String) throws {
        // As in the daemons: hiredis writes to a server that has been killed.
        signal(SIGPIPE, SIG_IGN)
        self.logPath = logPath
        try Data().write(to: URL(filePath: logPath))
        let log = try FileHandle(forWritingTo: URL(filePath: logPath))
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // `wait` hears a signal at once; a loop in the foreground would hear it when its `sleep` has ended.
        let watch = """
            "$@" & child=$!
            trap 'kill -9 $child 2>/dev/null; exit 0' TERM
            while kill -0 \(ProcessInfo.processInfo.processIdentifier) && kill -0 $child; do sleep 0.2; done 2>/dev/null \\
              && kill -9 $child 2>/dev/null &
            wait $child
            """
        process.arguments = ["-c", watch, "watch", executable] + arguments
        process.environment = environment
        process.standardOutput = log
        process.standardError = log
        try Self.withoutBlockedSignals { try process.run() }
        self.process = process
    }

    /// Threads of Dispatch block most signals, and a child inherits that: it would not hear that it is to end.
    private static func withoutBlockedSignals(_ body: () throws -> Void) throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    deinit {
        stop()
    }

    /// Of the watch, whose child the program is.
    package var processIdentifier: Int32 { process.processIdentifier }

    package var isRunning: Bool { process.isRunning }

    /// Kills the program at once.
    package func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    /// Polls until `isReady` holds.
    package func wait(_ isReady: () -> Bool) throws {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end, process.isRunning {
            if isReady() { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw Failure.notReady(log)
    }

    /// The last lines of its output.
    package var log: String {
        let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(30).joined(separator: "\n")
    }
}

/// Places on this machine.
package enum TestPlace {
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The folder of the built products.
    package static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .path

    package static var environment: [String: String] {
        ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp"]
    }

    /// A new empty directory; short, for paths of sockets have at most 107 bytes.
    package static func temporaryDirectory() throws -> String {
        let path = "/tmp/drape-test-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
