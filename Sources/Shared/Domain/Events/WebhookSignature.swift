internal import Foundation
internal import Platform

/// The signatures of a webhook delivery.
///
/// Source: Standard Webhooks specification, "Signature scheme". The secret's 64 characters are base64-decoded to 48
/// bytes, as the public libraries do.
package enum WebhookSignature {
    /// The value of `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
    package static func standard(secret: String, id: String, timestamp: Int64, body: [UInt8]) -> String {
        let key = Data(base64Encoded: secret).map { Array($0) } ?? Array(secret.utf8)
        let code = HMAC.sha256(Array("\(id).\(timestamp).".utf8) + body, key: key)
        return "v1,\(Data(code).base64EncodedString())"
    }

    /// The value of `X-Webhook-Signature`: HMAC-SHA256 of the body, keyed by the secret's characters.
    package static func plain(secret: String, body: [UInt8]) -> String {
        "sha256=\(HMAC.sha256(body, key: Array(secret.utf8)).hexText)"
    }
}
