import Platform
import Testing

@testable import Ingress

/// The counts that the loops of a process share.
@Suite("Tallies of failed authentications")
struct FailedAuthenticationTests {
    private let now = Timestamp(unixMs: 1_795_228_800_000)

    private func reply(_ failures: Int64, _ secondsLeft: Int64 = 900) -> FailedAuthenticationScript.Reply {
        FailedAuthenticationScript.Reply(failures: failures, secondsLeft: secondsLeft)
    }

    @Test("an address without a current count must be asked for in Redis")
    func unknown() {
        let tallies = FailedAuthenticationTallies()
        #expect(tallies.count("a", at: now) == nil)
        #expect(tallies.add("a", at: now) == nil)
        tallies.confirm("a", unconfirmed: 0, reply(1, 10), at: now)
        #expect(tallies.count("a", at: now)?.failures == 1)
        #expect(tallies.count("a", at: now + .seconds(10)) == nil)
        #expect(tallies.add("a", at: now + .seconds(10)) == nil)
    }

    @Test("one sender at a time sends what was added, and what Redis confirms is not counted twice")
    func sending() {
        let tallies = FailedAuthenticationTallies()
        tallies.confirm("a", unconfirmed: 0, reply(1), at: now)
        #expect(tallies.add("a", at: now) == true)
        #expect(tallies.add("a", at: now) == false)
        #expect(tallies.count("a", at: now)?.failures == 3)
        #expect(tallies.unconfirmed("a") == 2)
        #expect(tallies.add("a", at: now) == false)
        tallies.confirm("a", unconfirmed: 2, reply(3), at: now)
        #expect(tallies.count("a", at: now)?.failures == 4)
        #expect(tallies.unconfirmed("a") == 1)
        tallies.drop("a", unconfirmed: 1)
        #expect(tallies.unconfirmed("a") == nil)
        #expect(tallies.count("a", at: now)?.failures == 3)
        #expect(tallies.add("a", at: now) == true)
    }

    @Test("a reply that arrives late does not lower the count")
    func lateReply() {
        let tallies = FailedAuthenticationTallies()
        tallies.confirm("a", unconfirmed: 0, reply(2), at: now)
        tallies.confirm("a", unconfirmed: 0, reply(1), at: now)
        #expect(tallies.count("a", at: now)?.failures == 2)
    }

    @Test("the number of addresses is bounded, and an address that is being sent stays")
    func bounded() {
        let tallies = FailedAuthenticationTallies()
        tallies.confirm("kept", unconfirmed: 0, reply(1), at: now)
        #expect(tallies.add("kept", at: now) == true)
        for number in 0..<10_001 { tallies.confirm("a\(number)", unconfirmed: 0, reply(1), at: now) }
        #expect(tallies.count("a0", at: now) == nil)
        #expect(tallies.count("a10000", at: now)?.failures == 1)
        #expect(tallies.count("kept", at: now)?.failures == 2)
    }
}
