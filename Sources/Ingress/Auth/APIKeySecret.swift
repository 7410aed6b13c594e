internal import Domain
internal import Platform

/// The text of an API key: `drape_{live|test}_`, 8 public characters, `_`, 32 secret characters, 6 check characters.
struct APIKeySecret: Sendable {
    let text: String
    let environment: TenantEnvironment

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let publicCharacters = 8
    private static let secretCharacters = 32
    private static let checkCharacters = 6
    private static let length = 11 + publicCharacters + 1 + secretCharacters + checkCharacters

    /// Generates a new key.
    init(environment: TenantEnvironment) {
        var bytes = Array("drape_\(environment.rawValue)_".utf8)
        while bytes.count < Self.length - Self.checkCharacters {
            // Bytes from 248 = 4 × 62 on are discarded, so that every character is equally likely.
            for byte in SecureRandom.bytes(count: 64) where byte < 248 {
                if bytes.count == 11 + Self.publicCharacters { bytes.append(UInt8(ascii: "_")) }
                if bytes.count == Self.length - Self.checkCharacters { break }
                bytes.append(Self.alphabet[Int(byte) % 62])
            }
        }
        bytes += Self.check(bytes)
        text = String(decoding: bytes, as: UTF8.self)
        self.environment = environment
    }

    /// Reads a key; nil if its form or its check characters are wrong.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.length else { return nil }
        if text.hasPrefix("drape_live_") {
            environment = .live
        } else if text.hasPrefix("drape_test_") {
            environment = .test
        } else {
            return nil
        }
        guard Self.check(Array(bytes.dropLast(Self.checkCharacters))).elementsEqual(bytes.suffix(Self.checkCharacters))
        else { return nil }
        self.text = text
    }

    /// The 8 characters that may be shown.
    var publicPrefix: String {
        String(decoding: text.utf8.dropFirst(11).prefix(Self.publicCharacters), as: UTF8.self)
    }

    /// The value that is stored: SHA-256 of the whole text, in lower-case hexadecimal digits.
    var hash: String { Digest.sha256(Array(text.utf8)).hexText }

    /// CRC-32 of the preceding characters, in six base-62 digits.
    private static func check(_ bytes: [UInt8]) -> [UInt8] {
        var rest = Checksum.crc32(bytes)
        var digits: [UInt8] = []
        for _ in 0..<checkCharacters {
            digits.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return digits.reversed()
    }
}
