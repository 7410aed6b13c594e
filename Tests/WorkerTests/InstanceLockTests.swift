import Foundation
import TestKit
import Testing

@testable import Worker

@Suite("Instance lock")
struct InstanceLockTests {
    private let directory: String

    private init() throws {
        directory = try TestPlace.temporaryDirectory()
    }

    private func lock(_ boot: String) throws -> InstanceLock {
        try InstanceLock(directory: directory, name: "worker-1.boot", boot: boot)
    }

    @Test("a second worker with the same file is refused, and does not change the boot that the file names")
    func inUse() throws {
        let first = try lock("one")
        #expect(throws: InstanceLock.Failure.self) { try lock("two") }
        #expect(try String(contentsOfFile: "\(directory)/worker-1.boot", encoding: .utf8) == "one")
        #expect(first.previousBoot == nil)
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test("the next worker with the file learns the boot of the one before it, and of no earlier one")
    func previousBoot() throws {
        #expect(try lock("the-first-and-longest-name").previousBoot == nil)
        #expect(try lock("two").previousBoot == "the-first-and-longest-name")
        #expect(try lock("three").previousBoot == "two")
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test("a directory that does not exist is an error that names the file")
    func unusable() throws {
        let error = #expect(throws: InstanceLock.Failure.self) {
            try InstanceLock(directory: "/nowhere", name: "worker-1.boot", boot: "one")
        }
        #expect("\(try #require(error))".contains("/nowhere/worker-1.boot"))
        try FileManager.default.removeItem(atPath: directory)
    }
}
