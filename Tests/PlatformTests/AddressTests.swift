import Testing

@testable import Platform

@Suite("Addresses")
struct AddressTests {
    @Test(
        "what is private, local or reserved may not be called",
        arguments: [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
            "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1",
            "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "::127.0.0.1",
        ])
    func closed(text: String) throws {
        #expect(!AddressPolicy(allowed: []).permits(try #require(SocketAddress(text))))
    }

    @Test("public addresses may be called", arguments: ["8.8.8.8", "172.32.0.1", "93.184.216.34", "2606:4700::1111"])
    func open(text: String) throws {
        #expect(AddressPolicy(allowed: []).permits(try #require(SocketAddress(text))))
    }

    @Test("an operator opens a network, and no more than it")
    func opened() throws {
        let policy = AddressPolicy(allowed: try #require(AddressRange.list("127.0.0.0/8")))
        #expect(policy.permits(try #require(SocketAddress("127.9.9.9"))))
        #expect(!policy.permits(try #require(SocketAddress("10.0.0.1"))))
        #expect(AddressRange("10.0.0.0/33") == nil)
        #expect(AddressRange("10.0.0/8") == nil)
        #expect(AddressRange("::/129") == nil)
    }
}
