import Platform
import Testing

@testable import Ingress

@Suite("Addresses of clients")
struct ClientAddressTests {
    /// The address of the client that sends these X-Forwarded-For fields through a peer.
    private static func client(_ fields: [String], peer: String, trusting proxies: String) throws -> String {
        let head = try head(fields.map { "X-Forwarded-For: \($0)" })
        let addresses = ClientAddresses(trustedProxies: try #require(AddressRange.list(proxies)))
        return addresses.client(of: head, peer: try #require(SocketAddress(peer))).description
    }

    private static func head(_ lines: [String]) throws -> HTTPRequestHead { try RequestHead.parse("GET /", lines) }

    @Test(
        "behind trusted proxies the client is the last address that is no trusted proxy's",
        arguments: [
            (["1.2.3.4"], "1.2.3.4"),
            // What the client itself has sent stands to the left.
            (["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
            (["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
            (["1.2.3.4, 10.0.0.2"], "1.2.3.4"),
            (["6.6.6.6, 1.2.3.4 ,10.0.0.3,\t10.0.0.2"], "1.2.3.4"),
            (["10.6.6.6, 1.2.3.4"], "1.2.3.4"),
            (["2001:db8::7, 10.0.0.2"], "2001:db8::7"),
            // A chain of proxies alone: its first.
            (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ([], "10.0.0.1"),
            // What is left of something that is no address cannot be trusted.
            (["nonsense"], "10.0.0.1"),
            (["1.2.3.4, nonsense, 10.0.0.2"], "10.0.0.2"),
            ([""], "10.0.0.1"),
        ])
    func forwarded(fields: [String], expected: String) throws {
        #expect(try Self.client(fields, peer: "10.0.0.1", trusting: "10.0.0.0/8") == expected)
    }

    @Test("the header of a peer that is no trusted proxy is not read", arguments: ["10.0.0.0/8", ""])
    func untrusted(proxies: String) throws {
        #expect(try Self.client(["1.2.3.4"], peer: "9.9.9.9", trusting: proxies) == "9.9.9.9")
    }

    @Test("only a trusted proxy can say that the client has used TLS")
    func secure() throws {
        let head = try Self.head(["X-Forwarded-Proto: HTTPS"])
        let addresses = ClientAddresses(trustedProxies: try #require(AddressRange.list("10.0.0.0/8")))
        #expect(addresses.isSecure(head, peer: try #require(SocketAddress("10.0.0.1"))))
        #expect(!addresses.isSecure(head, peer: try #require(SocketAddress("9.9.9.9"))))
        #expect(!addresses.isSecure(try Self.head([]), peer: try #require(SocketAddress("10.0.0.1"))))
        #expect(!ClientAddresses(trustedProxies: []).isSecure(head, peer: .loopback))
    }
}
