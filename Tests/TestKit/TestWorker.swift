import Foundation

/// A real worker that can be killed and restarted as the same instance.
// Invariant: a test kills and starts a worker from one task at a time.
package final class TestWorker: @unchecked Sendable {
    private let environment: [String: String]
    private let logPath: String
    private var process: ServerProcess?

    init(environment: [String: String], logPath: String) throws {
        self.environment = environment
        self.logPath = logPath
        try start()
    }

    package func start() throws {
        let started = try ServerProcess(
            "\(TestPlace.products)/drape-worker", [], environment: environment, logPath: logPath)
        process = started
        let port = UInt16(environment["DRAPE_WORKER_PORT"] ?? "") ?? 0
        try started.wait { (try? TestClient(port: port).get("/health/live").status) == 200 }
    }

    package func kill() {
        process?.stop()
        process = nil
    }

    /// Sends a signal to the worker itself, not to its watchdog.
    package func signal(_ number: Int32) throws {
        guard let watch = process?.processIdentifier,
            let pid = Int32(Shell.run("pgrep", ["-P", String(watch), "-x", "drape-worker"]))
        else { throw ServerProcess.Failure.notReady("no worker runs") }
        Foundation.kill(pid, number)
    }

    /// Whether it has ended by itself since it was started last.
    package var hasEnded: Bool {
        guard let watch = process?.processIdentifier else { return true }
        return Shell.run("pgrep", ["-P", String(watch), "-x", "drape-worker"]).isEmpty
    }

    /// Whether it runs and reaches its stores.
    package var isReady: Bool { (try? client.get("/health/ready").status) == 200 }

    /// The whole log, over all restarts; empty after `kill`.
    package var log: String { process?.output ?? "" }

    package var client: TestClient { TestClient(port: UInt16(environment["DRAPE_WORKER_PORT"] ?? "") ?? 0) }
}
