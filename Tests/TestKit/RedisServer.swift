import Foundation
import Synchronization

/// A real Redis server with its own directory.
package final class RedisServer: Sendable {
    package let directory: String
    private let process = Mutex<ServerProcess?>(nil)
    private let options: [String]

    package var url: String { "unix://\(directory)/redis.sock" }

    package init(options: [String] = []) throws {
        self.options = options
        directory = try TestPlace.temporaryDirectory()
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    package func start() throws {
        let started = try ServerProcess(
            "\(TestPlace.root)/scripts/serve-redis", [directory] + options, environment: TestPlace.environment,
            logPath: "\(directory)/log")
        process.withLock { $0 = started }
        try started.wait { command(["PING"]) == "PONG" }
    }

    /// Kills the server without a shutdown, as a power failure would.
    package func kill() {
        process.withLock { running in
            running?.stop()
            running = nil
        }
    }

    /// Runs a command with redis-cli, and returns its output.
    @discardableResult
    package func command(_ words: [String]) -> String {
        Shell.run("redis-cli", ["-s", "\(directory)/redis.sock"] + words)
    }
}
