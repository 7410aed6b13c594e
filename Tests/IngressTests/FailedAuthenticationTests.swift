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

    private func source(_ name: String) -> FailedAuthenticationSource {
        // Any number will do, as long as it differs by name.
        let bytes = name.utf8.reduce(into: UInt32(0)) { $0 = $0 &* 31 &+ UInt32($1) }
        let network = SocketAddress(bytes: withUnsafeBytes(of: bytes) { Array($0) }) ?? .loopback
        return FailedAuthenticationSource(network: network, isWithToken: false)
    }

    /// Whether the caller must send; nil if there is no current count.
    private func add(_ name: String, to tallies: FailedAuthenticationTallies) -> Bool? {
        tallies.add(source(name), upTo: 100, at: now)?.isFirst
    }

    @Test("the failure that exceeds the limit is counted and refused, and later ones are refused without a count")
    func limit() {
        let tallies = FailedAuthenticationTallies()
        tallies.confirm(source("a"), unconfirmed: 0, reply(99), at: now)
        let additions = (0..<4).map { _ in tallies.add(source("a"), upTo: 100, at: now) }
        #expect(additions.map { $0?.isAboveMax } == [false, true, true, true])
        #expect(additions.map { $0?.isFirst } == [true, false, false, false])
        #expect(tallies.count(source("a"), at: now)?.failures == 101)
    }

    @Test("sources are named in Redis by address or network, and those with tokens apart")
    func names() throws {
        let names = try ["10.1.2.3", "2001:db8:1:2:3::4"].flatMap { text in
            let network = try #require(SocketAddress(text)).network
            return [false, true].map { "\(FailedAuthenticationSource(network: network, isWithToken: $0))" }
        }
        #expect(names == ["10.1.2.3", "tokens:10.1.2.3", "2001:db8:1:2::/64", "tokens:2001:db8:1:2::/64"])
    }

    @Test("an address without a current count must be asked for in Redis")
    func unknown() {
        let tallies = FailedAuthenticationTallies()
        #expect(tallies.count(source("a"), at: now) == nil)
        #expect(add("a", to: tallies) == nil)
        tallies.confirm(source("a"), unconfirmed: 0, reply(1, 10), at: now)
        #expect(tallies.count(source("a"), at: now)?.failures == 1)
        #expect(tallies.count(source("a"), at: now + .seconds(10)) == nil)
        #expect(tallies.add(source("a"), upTo: 100, at: now + .seconds(10)) == nil)
    }

    @Test("one sender at a time sends what was added, and what Redis confirms is not counted twice")
    func sending() {
        let tallies = FailedAuthenticationTallies()
        tallies.confirm(source("a"), unconfirmed: 0, reply(1), at: now)
        #expect(add("a", to: tallies) == true)
        #expect(add("a", to: tallies) == false)
        #expect(tallies.count(source("a"), at: now)?.failures == 3)
        #expect(tallies.unconfirmed(source("a")) == 2)
        #expect(add("a", to: tallies) == false)
        tallies.confirm(source("a"), unconfirmed: 2, reply(3), at: now)
        #expect(tallies.count(source("a"), at: now)?.failures == 4)
        #expect(tallies.unconfirmed(source("a")) == 1)
        tallies.drop(source("a"), unconfirmed: 1)
        #expect(tallies.unconfirmed(source("a")) == nil)
        #expect(tallies.count(source("a"), at: now)?.failures == 3)
        #expect(add("a", to: tallies) == true)
    }

    @Test("a reply that arrives late does not lower the count")
    func lateReply() {
        let tallies = FailedAuthenticationTallies()
        tallies.confirm(source("a"), unconfirmed: 0, reply(2), at: now)
        tallies.confirm(source("a"), unconfirmed: 0, reply(1), at: now)
        #expect(tallies.count(source("a"), at: now)?.failures == 2)
    }

    @Test("a reply about a new window begins the count again, although the old window was not over here")
    func newWindow() {
        let tallies = FailedAuthenticationTallies()
        tallies.confirm(source("a"), unconfirmed: 0, reply(100, 1), at: now)
        #expect(add("a", to: tallies) == true)
        tallies.confirm(source("a"), unconfirmed: 1, reply(1, 900), at: now + .milliseconds(900))
        #expect(tallies.count(source("a"), at: now + .seconds(2))?.failures == 1)
        // A reply about the same window does not lower the count, whatever the rounding of its end.
        tallies.confirm(source("a"), unconfirmed: 0, reply(5, 900), at: now + .seconds(1))
        tallies.confirm(source("a"), unconfirmed: 0, reply(4, 900), at: now + .seconds(2))
        #expect(tallies.count(source("a"), at: now + .seconds(2))?.failures == 5)
    }

    @Test("the number of addresses is bounded, and an address that is being sent stays")
    func bounded() {
        let tallies = FailedAuthenticationTallies()
        tallies.confirm(source("kept"), unconfirmed: 0, reply(1), at: now)
        #expect(add("kept", to: tallies) == true)
        for number in 0..<10_001 { tallies.confirm(source("a\(number)"), unconfirmed: 0, reply(1), at: now) }
        #expect(tallies.count(source("a0"), at: now) == nil)
        #expect(tallies.count(source("a10000"), at: now)?.failures == 1)
        #expect(tallies.count(source("kept"), at: now)?.failures == 2)
    }
}
