import Testing

@testable import Domain
@testable import Platform

@Suite("Keys, tokens and codes")
struct CryptoTests {
    @Test("digests and codes agree with their published vectors")
    func vectors() throws {
        // Source: FIPS 180-4 examples; RFC 4231, test case 2; the CRC catalogue's check values.
        #expect(
            Digest.sha256(Array("abc".utf8)).hexText
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            HMAC.sha256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)).hexText
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(Checksum.crc32(Array("123456789".utf8)) == 0xcbf4_3926)
        #expect(Checksum.crc16(Array("123456789".utf8)[...]) == 0x31c3)
    }

    @Test("a token is read with its secret, in its time, and under its algorithm alone")
    func tokens() throws {
        let secret = Array("0123456789abcdef0123456789abcdef".utf8)
        let now = Timestamp(unixMs: 1_795_228_800_000)
        let token = JWT(
            subject: "me", role: .owner, organizationID: OrganizationID(value: 7), issuedAt: now,
            expiresAt: now + .seconds(60))
        let text = token.signed(with: secret)
        #expect(try JWT(text, secret: secret, now: now) == token)
        #expect(throws: JWT.Failure.expired) { try JWT(text, secret: secret, now: now + .seconds(60)) }
        #expect(throws: JWT.Failure.wrongSignature) { try JWT(text, secret: secret.reversed(), now: now) }
        #expect(throws: JWT.Failure.self) { try JWT(text + "x", secret: secret, now: now) }
        // The header {"alg":"none"}, without a signature.
        let body = text.split(separator: ".")[1]
        #expect(throws: JWT.Failure.self) {
            try JWT("eyJhbGciOiJub25lIn0.\(body).", secret: secret, now: now)
        }
    }

    @Test("what is sealed opens with the same key and context, unchanged, and not otherwise")
    func sealing() throws {
        let key = try #require(SecretKey(hexText: String(repeating: "0f", count: 32)))
        let other = try #require(SecretKey(hexText: String(repeating: "f0", count: 32)))
        let plain = Array("secret".utf8)
        let sealed = key.seal(plain, context: "a")
        #expect(key.open(sealed, context: "a") == plain)
        #expect(key.open(sealed, context: "b") == nil)
        #expect(other.open(sealed, context: "a") == nil)
        #expect(key.seal(plain, context: "a") != sealed)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(key.open(changed, context: "a") == nil)
        }
        #expect(key.open([], context: "a") == nil)
        #expect(key.derived(for: "one") != key.derived(for: "two"))
    }
}
