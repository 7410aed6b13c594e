package import Platform

/// The header fields of a delivery, which its signature is added to.
package enum DeliveryFields {
    /// Names that only Drape sets.
    package static let reserved: Set<String> = [
        "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host",
        "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
        "traceparent", "trailer", "transfer-encoding", "upgrade", "user-agent",
    ]
    /// What names that only Drape sets begin with.
    package static let reservedPrefixes = ["webhook-", "x-webhook-", "x-drape-", "svix-"]

    /// The names of the fields that have signatures.
    package static let signatures = ["webhook-signature", "X-Webhook-Signature"]

    /// The fields without the signatures and those of the endpoint.
    package static func all(
        eventID: String, eventType: String, deliveryID: String, attempt: Int, at now: Timestamp, traceparent: String?
    ) -> [HTTPField] {
        var fields = [
            HTTPField("Content-Type", "application/json"), HTTPField("User-Agent", "Drape/\(BuildVersion.text)"),
            HTTPField("webhook-id", eventID), HTTPField("webhook-timestamp", "\(now.unixSeconds)"),
            HTTPField("X-Webhook-Event", eventType), HTTPField("X-Webhook-Delivery-Id", deliveryID),
            HTTPField("X-Webhook-Attempt", "\(attempt)"),
        ]
        if let traceparent { fields.append(HTTPField("traceparent", traceparent)) }
        return fields
    }
}

/// A header field that a client may set for its endpoint.
package struct HTTPField: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    package var line: String { "\(name): \(value)" }

    /// Why a name or a value is refused; nil if they are allowed.
    package var fault: String? {
        let lower = name.lowercased()
        let isToken = name.utf8.allSatisfy { byte in
            ASCII.isDigit(byte) || (0x41...0x5a).contains(byte & 0xdf) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        guard (1...64).contains(name.utf8.count), isToken else {
            return "a name must have 1 to 64 letters, digits or !#$%&'*+-.^_`|~"
        }
        if DeliveryFields.reserved.contains(lower) || DeliveryFields.reservedPrefixes.contains(where: lower.hasPrefix) {
            return "is set by Drape, or belongs to the connection"
        }
        guard (1...1_000).contains(value.utf8.count), value.utf8.allSatisfy({ (0x20...0x7e).contains($0) }),
            value.first != " ", value.last != " "
        else { return "a value must have 1 to 1000 printable ASCII characters, without spaces around it" }
        return nil
    }

    /// The form that is stored, sealed: a line for each field.
    package static func text(_ fields: [HTTPField]) -> String { fields.map(\.line).joined(separator: "\n") }

    /// Reads the stored form.
    package static func list(_ text: String) -> [HTTPField] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            return HTTPField(String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
    }

    /// What the fields of a webhook are sealed with, besides the key.
    package static func sealContext(_ webhook: String) -> String { "\(webhook) headers" }
}
