import Domain
import Testing

@testable import Worker

@Suite("Owners of claims")
struct ClaimOwnersTests {
    @Test("two claims of one session never have the same owner; claims of other sessions share one")
    func shared() {
        var owners = ClaimOwners(boot: "boot")
        let sessions = (1...3).map { SessionID(value: $0) }
        #expect(sessions.map { owners.next(for: $0) } == ["boot:1", "boot:1", "boot:1"])
        #expect(sessions.map { owners.next(for: $0) } == ["boot:2", "boot:2", "boot:2"])
        #expect(owners.next(for: sessions[1]) == "boot:3")
        #expect(owners.next(for: sessions[0]) == "boot:3")
        #expect(owners.next(for: sessions[0]) == "boot:4")
    }

    @Test("an owner is shared by a bounded number of sessions")
    func bound() {
        var owners = ClaimOwners(boot: "boot")
        let all = (0..<10_000).map { owners.next(for: SessionID(value: $0)) }
        #expect(Set(all) == ["boot:1", "boot:2", "boot:3"])
    }
}
