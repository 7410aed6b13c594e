internal import Foundation

/// The main program of a daemon: its command line, and the report of a failed start.
package struct DaemonProgram {
    private let name: String
    private let help: String
    private let portVariable: String

    /// - Parameters:
    ///   - name: the name of the binary.
    ///   - help: the text that `--help` prints.
    ///   - portVariable: the environment variable that sets the port.
    package init(name: String, help: String, portVariable: String) {
        self.name = name
        self.help = help
        self.portVariable = portVariable
    }

    /// Runs the daemon with the environment of the process until a signal stops it; returns only on success.
    ///
    /// `libraries` initializes C libraries before any thread is created; `run` returns true if nothing failed.
    package func main(libraries: () -> Void, run: ([String: String]) throws -> Bool) {
        if CommandLine.arguments.dropFirst().contains("--help") { return print(help) }
        if CommandLine.arguments.dropFirst().contains("--version") { return print("\(name) \(BuildVersion.text)") }
        ShutdownSignal.block()
        libraries()
        do {
            if try !run(ProcessInfo.processInfo.environment) { exit(1) }
        } catch let error as ConfigurationError {
            fail(error.description, status: ConfigurationError.exitStatus)
        } catch let error as SystemError where error.code == EADDRINUSE {
            fail("the port is in use by another process; set \(portVariable) to a free one", status: 1)
        } catch {
            fail("\(error)", status: 1)
        }
    }

    private func fail(_ text: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("\(name): \(text)\n".utf8))
        exit(status)
    }
}
