/// The names of the header fields that Drape reads; they are recognized once, while a header section is parsed.
///
/// Names are compared without case.
package enum HTTPFieldName: UInt8, CaseIterable, Sendable {
    case host, contentLength, contentType, transferEncoding, connection, expect
    case requestID, traceparent, acceptEncoding, authorization, apiKey, idempotencyKey
    case forwardedFor, forwardedProto

    package var text: StaticString {
        switch self {
        case .host: "host"
        case .contentLength: "content-length"
        case .contentType: "content-type"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .expect: "expect"
        case .requestID: "x-request-id"
        case .traceparent: "traceparent"
        case .acceptEncoding: "accept-encoding"
        case .authorization: "authorization"
        case .apiKey: "x-api-key"
        case .idempotencyKey: "idempotency-key"
        case .forwardedFor: "x-forwarded-for"
        case .forwardedProto: "x-forwarded-proto"
        }
    }

    /// The name that these bytes spell; nil if it is none of them.
    init?(_ bytes: borrowing Span<UInt8>) {
        let isFound: Bool
        // Few names have the same length, so at most three are compared.
        switch bytes.count {
        case 4: (self, isFound) = (.host, bytes.spells(.host))
        case 6: (self, isFound) = (.expect, bytes.spells(.expect))
        case 9: (self, isFound) = (.apiKey, bytes.spells(.apiKey))
        case 10: (self, isFound) = (.connection, bytes.spells(.connection))
        case 11: (self, isFound) = (.traceparent, bytes.spells(.traceparent))
        case 12:
            self = bytes.spells(.contentType) ? .contentType : .requestID
            isFound = self == .contentType || bytes.spells(.requestID)
        case 13: (self, isFound) = (.authorization, bytes.spells(.authorization))
        case 14: (self, isFound) = (.contentLength, bytes.spells(.contentLength))
        case 15:
            self = bytes.spells(.acceptEncoding) ? .acceptEncoding : .forwardedFor
            if self == .forwardedFor, bytes.spells(.idempotencyKey) { self = .idempotencyKey }
            isFound = self != .forwardedFor || bytes.spells(.forwardedFor)
        case 17:
            self = bytes.spells(.transferEncoding) ? .transferEncoding : .forwardedProto
            isFound = self == .transferEncoding || bytes.spells(.forwardedProto)
        default: return nil
        }
        if !isFound { return nil }
    }
}

extension Span<UInt8> {
    /// Whether these bytes, as many as the name has, are the name.
    fileprivate borrowing func spells(_ name: HTTPFieldName) -> Bool {
        let text = name.text
        // Setting this bit makes letters lower-case. Only a carriage return becomes a hyphen; no line contains one.
        for index in indices where unsafe self[index] | 0x20 != text.utf8Start[index] { return false }
        return true
    }
}
