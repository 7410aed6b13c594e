import Foundation
import Testing

@testable import Domain
@testable import Platform

@Suite("Configuration")
struct ConfigurationTests {
    @Test("every fault is reported together, with the name, what was found and what is allowed")
    func faults() {
        var reader = ConfigurationReader(environment: ["PORT": "70000", "DRAPE_LOOPS": "many"])
        _ = reader.required(Settings.port)
        _ = reader.required(Settings.loops)
        #expect(reader.required(Settings.logLevel).found == .info)
        do throws(ConfigurationError) {
            try reader.check()
            Issue.record("nothing was reported")
        } catch {
            #expect(error.faults.map(\.name) == ["PORT", "DRAPE_LOOPS"])
            #expect(error.description.contains("\"70000\""))
            #expect(error.description.contains("1 to 65535"))
        }
    }

    @Test("a value may come from a file, and a file that cannot be read is a fault")
    func files() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "setting-\(UUID())").path
        try Data("8081\n".utf8).write(to: URL(filePath: path))
        var reader = ConfigurationReader(environment: ["PORT_FILE": path])
        #expect(reader.required(Settings.port).found == 8_081)
        var missing = ConfigurationReader(environment: ["PORT_FILE": path + "x"])
        _ = missing.required(Settings.port)
        #expect(throws: ConfigurationError.self) { try missing.check() }
        try FileManager.default.removeItem(atPath: path)
    }

    @Test("no two settings share a name, and each says what is allowed")
    func settings() {
        let names = Settings.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Settings.all.allSatisfy { !$0.allowed.isEmpty && !$0.summary.isEmpty })
    }
}
