internal import Foundation
internal import Shared

@main
enum IngressDaemon {
    static func main() {
        if CommandLine.arguments.dropFirst().contains("--help") { return print(help) }
        if CommandLine.arguments.dropFirst().contains("--version") {
            return print("drape-ingress \(BuildVersion.text)")
        }
        ShutdownSignal.block()
        MySQLPool.startLibrary()
        PictureHandle.startLibrary()
        do {
            let configuration = try IngressConfiguration(environment: ProcessInfo.processInfo.environment)
            if try !IngressProcess(configuration: configuration).run() { exit(1) }
        } catch let error as ConfigurationError {
            fail(error.description, status: ConfigurationError.exitStatus)
        } catch let error as SystemError where error.code == EADDRINUSE {
            fail("the port is in use by another process; set PORT to a free one", status: 1)
        } catch {
            fail("\(error)", status: 1)
        }
    }

    private static let help = """
        drape-ingress: the HTTP front of Drape.

        It takes no arguments; it is configured by environment variables, which docs/configuration.md lists.

          --help      this text
          --version   the version

        SIGTERM or SIGINT: stop accepting, answer what is under way, end. Exit status 78: a variable is wrong.
        """

    private static func fail(_ text: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("drape-ingress: \(text)\n".utf8))
        exit(status)
    }
}
