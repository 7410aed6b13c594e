import Testing

@testable import Platform

/// What may be called on behalf of a client: URLs, host names, and the addresses that they lead to.
@Suite("Outbound policy")
struct OutboundPolicyTests {
    private static let closed = AddressPolicy(allowed: [])

    static let refusedHosts = [
        // IPv4: this network, private, shared, loopback, link-local, assignments, documentation, benchmarks, multicast.
        "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
        "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2",
        "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1",
        "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255",
        // IPv6: unspecified, loopback, embedded IPv4, discard, assignments, documentation, local, multicast.
        "[::]", "[::1]", "[::2]", "[::127.0.0.1]", "[::10.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
        "[::ffff:169.254.169.254]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[::ffff:0:0]", "[64:ff9b::7f00:1]",
        "[64:ff9b::8.8.8.8]", "[64:ff9b:1::1]", "[100::1]", "[2001::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[2001:10::1]", "[2001:20::1]", "[2001:db8::1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:808:808::1]",
        "[3fff::1]", "[3fff:fff::1]", "[4000::1]", "[5f00::1]", "[8000::1]", "[fc00::1]", "[fd00:ec2::254]",
        "[fd12:3456::1]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[ff00::1]", "[ff02::1]", "[ff0e::1]", "[1::1]",
        // Zones.
        "[fe80::1%25eth0]", "[2606:4700::1111%25eth0]", "[::1%25lo]",
        // Addresses that are not in full.
        "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "10.1",
        "0", "1", "127.0.0.1.", "127.0.0.01", "256.1.1.1", "1.2.3.4.5", "shop.example.7", "shop.0x7f",
        // Names of the machine and of local networks.
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.LocalHost", "shop", "intranet", "redis", "db",
        "printer.local", "host.localdomain", "shop.internal", "shop.corp.internal", "wiki.intranet", "nas.lan",
        "router.home.arpa", "abcdefgh.onion", "host.docker.internal", "kubernetes.default.svc.cluster.local",
        // Metadata services.
        "metadata", "metadata.google.internal", "metadata.google.com", "instance-data", "instance-data.ec2.internal",
        "metadata.azure.example",
        // What is no name.
        "shop.example.", ".shop.example", "shop..example", "-shop.example", "shop-.example", "shop_1.example",
        "shop.example;a", "shop.exa;mple", "shop.example%2fx", "sh%6fp.example", "a,b.example", "shop.ex*mple",
        "xn--.\u{e4}.example", "\u{ff11}27.0.0.1", "a\u{3002}example",
        "\(String(repeating: "a", count: 64)).example",
        "\(String(repeating: "\(String(repeating: "a", count: 49)).", count: 5))example",
    ]

    @Test("a host that is local, reserved or no name is refused", arguments: refusedHosts)
    func refused(host: String) {
        #expect(Self.closed.fault(of: "https://\(host)/hook", allowsHTTP: false) != nil)
    }

    @Test(
        "a public host is allowed",
        arguments: [
            "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255",
            "128.0.0.1", "169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1",
            "192.167.255.255",
            "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.255", "[2606:4700::1111]", "[2a00:1450::1]",
            "[2001:200::1]", "[2003::1]", "[2400::1]", "shop.example", "SHOP.example", "a-b.c-d.example",
            "1password.com",
            "7.shop.example", "xn--bcher-kva.example", "localhost.example", "local.example", "internal.example",
            "meta-data.example", "a.co", "\(String(repeating: "a", count: 63)).example",
        ])
    func allowed(host: String) {
        #expect(Self.closed.fault(of: "https://\(host)/hook", allowsHTTP: false) == nil)
    }

    @Test(
        "a URL with another scheme, a user, a fragment or a port of another protocol is refused",
        arguments: [
            "http://shop.example/", "ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/",
            "javascript:alert(1)", "//shop.example/", "/hook", "", "https://", "https:///hook", "https:shop.example",
            "https://user@shop.example/", "https://user:word@shop.example/", "https://@shop.example/",
            "https://shop.example/#x", "https://shop.example:0/", "https://shop.example:22/",
            "https://shop.example:25/",
            "https://shop.example:80/", "https://shop.example:1023/", "https://shop.example:3306/",
            "https://shop.example:5432/", "https://shop.example:6379/", "https://shop.example:6667/",
            "https://shop.example:11211/", "https://shop.example:27017/", "https://shop.example:65536/",
            "https://shop.example:-1/", "https://shop.example:a/", "https://shop example/",
            "https://shop.example/\r\nX: y",
            "https://shop.example\\@10.0.0.1/", "https://[::1/", "https://::1/",
        ])
    func urls(text: String) {
        #expect(Self.closed.fault(of: text, allowsHTTP: false) != nil)
    }

    @Test(
        "an https URL on port 443 or a high port is allowed",
        arguments: [
            "https://shop.example", "https://shop.example/hook?a=b&c=%20", "HTTPS://shop.example/",
            "https://shop.example:443/", "https://shop.example:8443/", "https://shop.example:65535/",
        ])
    func secureURLs(text: String) {
        #expect(Self.closed.fault(of: text, allowsHTTP: false) == nil)
    }

    @Test("an operator who opens a network opens it alone, and names that only it knows")
    func opened() throws {
        let policy = AddressPolicy(allowed: try #require(AddressRange.list("127.0.0.0/8,10.1.0.0/16")))
        for url in [
            "http://127.0.0.1:9000/", "http://localhost/", "https://receiver:8443/", "https://shop.internal/",
            "https://10.1.2.3/", "https://shop.example/",
        ] {
            #expect(policy.fault(of: url, allowsHTTP: true) == nil, "\(url)")
        }
        for url in [
            "https://10.2.0.1/", "https://[::1]/", "https://169.254.169.254/", "https://127.1/", "http://a:22/",
        ] {
            #expect(policy.fault(of: url, allowsHTTP: true) != nil, "\(url)")
        }
        let other = AddressPolicy(allowed: try #require(AddressRange.list("10.1.0.0/16")))
        #expect(other.fault(of: "https://localhost/", allowsHTTP: true) != nil)
    }

    @Test("every reserved range is read, and says what it is for and where that is written")
    func table() {
        #expect(ReservedRange.all.count == 30)
        #expect(ReservedRange.globalUnicast != nil)
        for range in ReservedRange.all { #expect(!range.purpose.isEmpty && !range.source.isEmpty) }
        #expect(Self.refusedHosts.count >= 120)
    }
}
