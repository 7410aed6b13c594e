internal import Foundation
internal import Shared

@main
enum WorkerDaemon {
    static func main() {
        if CommandLine.arguments.dropFirst().contains("--help") { return print(help) }
        if CommandLine.arguments.dropFirst().contains("--version") { return print("drape-worker \(BuildVersion.text)") }
        ShutdownSignal.block()
        MySQLPool.startLibrary()
        PictureHandle.startLibrary()
        OutboundClient.startLibrary()
        do {
            let configuration = try WorkerConfiguration(environment: ProcessInfo.processInfo.environment)
            if try !WorkerProcess(configuration: configuration).run() { exit(1) }
        } catch let error as ConfigurationError {
            fail(error.description, status: ConfigurationError.exitStatus)
        } catch let error as SystemError where error.code == EADDRINUSE {
            fail("the port is in use by another process; set DRAPE_WORKER_PORT to a free one", status: 1)
        } catch {
            fail("\(error)", status: 1)
        }
    }

    private static let help = """
        drape-worker: one of the fleet behind Drape. It claims sessions, charges, renders and completes them.

        It takes no arguments; it is configured by environment variables, which docs/configuration.md lists. Health and
        metrics are served on DRAPE_WORKER_PORT.

          --help      this text
          --version   the version

        SIGTERM or SIGINT: claim no more, take what is held to its end, end. Exit status 78: a variable is wrong.
        """

    private static func fail(_ text: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("drape-worker: \(text)\n".utf8))
        exit(status)
    }
}
