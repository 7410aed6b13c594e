internal import Domain
internal import Platform

/// Checks a webhook as a receiver does.
///
/// Source: Standard Webhooks specification, "Verifying webhook authenticity".
struct WebhookVerification {
    enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case missingField(String)
        case timestamp(String)
        case tooOld(seconds: Int64)
        case tooNew(seconds: Int64)
        /// None of this many signatures of the version v1 matches.
        case signature(count: Int)

        var description: String {
            switch self {
            case .missingField(let name): "the header field \(name) is missing"
            case .timestamp(let text): "webhook-timestamp is no time in seconds: \(text)"
            case .tooOld(let seconds): "the time of the webhook was \(seconds) seconds ago"
            case .tooNew(let seconds): "the time of the webhook is in \(seconds) seconds"
            case .signature(let count):
                "none of the \(count) v1 signatures is that of the secret: another secret, or the body was changed"
            }
        }
    }

    private let secret: String
    /// How far the time of a webhook may be from the present; nil: any time.
    private let tolerance: Duration?

    init(secret: String, tolerance: Duration? = .seconds(300)) {
        self.secret = secret.hasPrefix("whsec_") ? String(secret.dropFirst(6)) : secret
        self.tolerance = tolerance
    }

    /// Checks the fields and the body; names of fields may have any case.
    func check(fields: [HTTPField], body: [UInt8], at now: Timestamp) -> Failure? {
        func value(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] where value(name) == nil {
            return .missingField(name)
        }
        let (id, time, signatures) = (
            value("webhook-id") ?? "", value("webhook-timestamp") ?? "", value("webhook-signature") ?? ""
        )
        guard let timestamp = Int64(time), (0...253_402_300_799).contains(timestamp) else { return .timestamp(time) }
        if let tolerance {
            let age = now.unixSeconds - timestamp
            if .seconds(age) > tolerance { return .tooOld(seconds: age) }
            if .seconds(-age) > tolerance { return .tooNew(seconds: -age) }
        }
        let expected = Array(WebhookSignature.standard(secret: secret, id: id, timestamp: timestamp, body: body).utf8)
        let given = signatures.split(separator: " ").filter { $0.hasPrefix("v1,") }
        let isValid = given.contains { HMAC.areEqual(Array($0.utf8), expected) }
        return isValid ? nil : .signature(count: given.count)
    }
}
