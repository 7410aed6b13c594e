import Foundation
import Platform
import TestKit
import Testing

@testable import Worker

/// A worker process in the test's own process.
@Suite("The server of a worker")
struct WorkerServerTests {
    @Test("a worker whose health cannot be served ends with a failure")
    func failure() async throws {
        let stack = try TestStack()
        let environment = stack.environment.merging([
            "DRAPE_WORKER_PORT": "0", "DRAPE_INSTANCE_DIR": stack.directory, "DRAPE_RENDERER": "none",
        ]) { $1 }
        let process = try WorkerProcess(configuration: WorkerConfiguration(environment: environment))
        let thread = try LoopThread(name: "worker")
        // The loop cannot watch a file: as with a descriptor that was closed, the server ends at once.
        let file = open("/dev/null", O_RDONLY)
        #expect(dup2(file, process.listener.handle.descriptor.number) >= 0)
        let failed = await thread.run { () -> Bool in
            let worker = WorkerLoop(loop: thread.loop, process: process)
            do throws(SystemError) {
                try await worker.run {}
                return false
            } catch {
                return true
            }
        }.value
        thread.stop()
        process.mysql.close()
        process.daemon.close()
        #expect(failed)
    }
}
