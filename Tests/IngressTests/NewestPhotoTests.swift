import Domain
import TestKit
import Testing

@testable import Ingress

@Suite("A customer's newest photo")
struct NewestPhotoTests {
    private static let names = AdmissionBench.key().names
    private static let reference = names.customerPrefix + ReferenceCache.hash(ofCustomer: "shopper-42")

    private static func photo(_ number: UInt128) -> PhotoID { PhotoID(value: number) }

    @Test("an older photo never takes the place of a newer one, nor of the mark of an erasure")
    func order() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            func offer(_ photo: UInt128, isCertain: Bool = false, leavesAt there: String) async throws {
                try await NewestPhotoScript(
                    Self.photo(photo), of: "shopper-42", Self.names, lifetimeSeconds: 60, wasJustStored: isCertain
                ).run(bench.redis)
                #expect(bench.server.command(["GET", Self.reference]) == there)
            }
            bench.server.command(["DEL", Self.reference])
            try await offer(2, leavesAt: "\(Self.photo(2))")
            try await offer(1, leavesAt: "\(Self.photo(2))")
            try await offer(1, isCertain: true, leavesAt: "\(Self.photo(2))")
            try await offer(3, leavesAt: "\(Self.photo(3))")
            bench.server.command(["SET", Self.reference, "~\(Self.photo(3))"])
            try await offer(3, leavesAt: "~\(Self.photo(3))")
            // Stored before the erasure, but offered after it.
            try await offer(3, isCertain: true, leavesAt: "~\(Self.photo(3))")
            try await offer(4, isCertain: true, leavesAt: "\(Self.photo(4))")
        }
    }

    @Test("a deleted photo gives its place to the one before, and never comes back")
    func removal() async throws {
        try await AdmissionBench.run { bound async throws in
            let bench = bound.value
            func remove(_ photo: UInt128, newest: UInt128?, leavesAt there: String) async throws {
                try await PhotoRemovalScript(
                    Self.photo(photo), newest: newest.map { Self.photo($0) }, of: "shopper-42", Self.names
                ).run(bench.redis)
                #expect(bench.server.command(["GET", Self.reference]) == there)
            }
            bench.server.command(["SET", Self.reference, "\(Self.photo(3))"])
            try await remove(1, newest: 3, leavesAt: "\(Self.photo(3))")
            try await remove(3, newest: 2, leavesAt: "\(Self.photo(2))")
            // A process that read MariaDB before the deletion.
            try await NewestPhotoScript(
                Self.photo(3), of: "shopper-42", Self.names, lifetimeSeconds: 60, wasJustStored: false
            ).run(bench.redis)
            #expect(bench.server.command(["GET", Self.reference]) == "\(Self.photo(2))")
            try await remove(2, newest: nil, leavesAt: "")
            // Another deletion has finished between the commit of this one and its script.
            bench.server.command(["SET", Self.reference, "\(Self.photo(6))"])
            try await remove(5, newest: 4, leavesAt: "\(Self.photo(6))")
            try await remove(6, newest: 5, leavesAt: "")
        }
    }
}
