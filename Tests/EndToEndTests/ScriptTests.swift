import Domain
import Foundation
import Platform
import TestKit
import Testing

@testable import Control
@testable import Ingress
@testable import Worker

/// Every Lua script, read by Lua's own compiler and by Redis.
@Suite("Lua scripts")
struct ScriptTests {
    private static let scripts = IngressScripts.all + WorkerScripts.all + ControlScripts.all

    @Test("every script of a *Script.swift file is in the list that is loaded at connect")
    func complete() throws {
        let sources = URL(filePath: TestPlace.root).appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        let names = files.compactMap { ($0 as? URL)?.lastPathComponent }
            .filter { $0.hasSuffix("Script.swift") && $0 != "RedisScript.swift" }
        #expect(names.count > 10)
        #expect(Set(Self.scripts.map(\.digest)).count == names.count, "\(names.sorted())")
    }

    @Test("luac compiles every script, and would refuse a broken one")
    func compiles() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "drape-\(UUID().uuidString).lua").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for script in Self.scripts {
            // The first line (`#!lua …`) is for Redis; luac skips it as it skips any shebang.
            try script.text.write(toFile: path, atomically: true, encoding: .utf8)
            let (code, output) = Shell.status("luac5.1", ["-p", path])
            #expect(code == 0, "\(output)\n\(script.text)")
        }
        try "return function(".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(Shell.status("luac5.1", ["-p", path]).code != 0)
    }

    @Test("a script sets no global variable")
    func globals() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "drape-\(UUID().uuidString).lua").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for script in Self.scripts {
            try script.text.write(toFile: path, atomically: true, encoding: .utf8)
            let listing = Shell.run("luac5.1", ["-l", "-p", path])
            #expect(
                !listing.contains("SETGLOBAL"), "\(listing.split(separator: "\n").filter { $0.contains("SETGLOBAL") })")
        }
    }

    @Test("Redis loads every script under the digest that the daemons call it by")
    func loads() throws {
        let redis = try RedisServer()
        for script in Self.scripts {
            #expect(redis.command(["SCRIPT", "LOAD", script.text]) == script.digest)
        }
        #expect(redis.command(["SCRIPT", "LOAD", "return function("]).contains("Error compiling script"))
    }
}
