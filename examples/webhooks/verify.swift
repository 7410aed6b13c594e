// Verifies a Drape webhook with Swift: by CryptoKit or swift-crypto, or by libcrypto on a Linux without packages.
import Foundation

#if canImport(CryptoKit)
    import CryptoKit
#elseif canImport(Crypto)
    import Crypto
#endif

enum WebhookFault: Error { case time, signature, secret }

let toleranceSeconds = 300.0

#if canImport(CryptoKit) || canImport(Crypto)
    func hmacSHA256(_ message: Data, key: Data) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }
#else
    typealias OneShot = @convention(c) (
        OpaquePointer?, UnsafeRawPointer?, Int32, UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?,
        UnsafeMutablePointer<UInt32>?
    ) -> UnsafeMutablePointer<UInt8>?

    func hmacSHA256(_ message: Data, key: Data) -> Data {
        typealias Algorithm = @convention(c) () -> OpaquePointer?
        guard let library = dlopen("libcrypto.so.3", RTLD_NOW), let one = dlsym(library, "HMAC"),
            let sha256 = dlsym(library, "EVP_sha256")
        else { fatalError("libcrypto is missing") }
        let algorithm = unsafeBitCast(sha256, to: Algorithm.self)()
        var code = [UInt8](repeating: 0, count: 32)
        let (bytes, keyBytes) = ([UInt8](message), [UInt8](key))
        _ = unsafeBitCast(one, to: OneShot.self)(algorithm, keyBytes, Int32(keyBytes.count), bytes, bytes.count, &code, nil)
        return Data(code)
    }
#endif

/// Throws unless the webhook is Drape's and new; `body` is as received.
func verify(secret: String, id: String, timestamp: String, signatures: String, body: Data) throws {
    guard let seconds = Double(timestamp), abs(Date().timeIntervalSince1970 - seconds) <= toleranceSeconds else {
        throw WebhookFault.time
    }
    let text = secret.hasPrefix("whsec_") ? String(secret.dropFirst(6)) : secret
    guard let key = Data(base64Encoded: text), !key.isEmpty else { throw WebhookFault.secret }
    let expected = Array("v1,\(hmacSHA256(Data("\(id).\(timestamp).".utf8) + body, key: key).base64EncodedString())".utf8)
    // After a rotation of the secret there are two signatures.
    let isValid = signatures.split(separator: " ").contains { given in
        let bytes = Array(given.utf8)
        // Compares every byte, so that the time says nothing about the place of a difference.
        return bytes.count == expected.count && zip(bytes, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
    if !isValid { throw WebhookFault.signature }
}

let words = CommandLine.arguments
let body = FileHandle.standardInput.readDataToEndOfFile()
do {
    try verify(
        secret: ProcessInfo.processInfo.environment["WEBHOOK_SECRET"] ?? "", id: words[1], timestamp: words[2],
        signatures: words[3], body: body)
    print("valid")
} catch {
    FileHandle.standardError.write(Data("not valid: \(error)\n".utf8))
    exit(1)
}
