import Foundation
import Synchronization

/// A real MariaDB server with its own directory.
///
/// Most tests share one server; each has its own schema.
package final class MariaDBServer: Sendable {
    package let directory: String
    private let process = Mutex<ServerProcess?>(nil)
    private let options: [String]
    private static let sharedServer = Mutex<MariaDBServer?>(nil)

    /// The shared server: started on first use, and removed when the test process ends.
    package static func shared() throws -> MariaDBServer {
        try sharedServer.withLock { server in
            if let server { return server }
            let started = try MariaDBServer()
            server = started
            // A static value is never deinitialised.
            atexit { MariaDBServer.sharedServer.withLock { $0 = nil } }
            return started
        }
    }

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
            "\(TestPlace.root)/scripts/serve-mariadb", [directory] + options, environment: TestPlace.environment,
            logPath: "\(directory)/log")
        process.withLock { $0 = started }
        try started.wait { run("SELECT 1").hasSuffix("1") }
    }

    /// Kills the server without a shutdown, as a power failure would.
    package func kill() {
        process.withLock { running in
            running?.stop()
            running = nil
        }
    }

    /// Creates an empty schema.
    /// - Returns: its name, and its DATABASE_URL.
    package func makeSchema() -> (name: String, url: String) {
        let name = "t" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        run("CREATE DATABASE \(name) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
        return (name, "mysql://root@localhost/\(name)?socket=\(directory)/mariadb.sock")
    }

    /// Runs SQL with the `mariadb` client, and returns its output: columns separated by tabs.
    @discardableResult
    package func run(_ sql: String, schema: String? = nil) -> String {
        Shell.run(
            "mariadb",
            ["--no-defaults", "-u", "root", "-S", "\(directory)/mariadb.sock", "-N", "-B", "-e", sql]
                + (schema.map { [$0] } ?? []))
    }
}
