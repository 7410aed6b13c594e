import Foundation

/// Runs a program to its end.
package enum Shell {
    /// Returns standard output and error, without leading and trailing whitespace.
    package static func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) -> String {
        status(program, arguments, environment: environment).output
    }

    package static func status(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = TestPlace.environment.merging(environment) { _, new in new }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        do {
            try process.run()
        } catch {
            return (-1, "\(error)")
        }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return (process.terminationStatus, text)
    }
}
