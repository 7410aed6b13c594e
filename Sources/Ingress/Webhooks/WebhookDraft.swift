internal import Shared

/// A webhook as a client wants it.
struct WebhookDraft: Sendable {
    var url: String
    var events: [String]
    var description: String

    /// Reads the body; faults go to the reader.
    init?(_ reader: inout BodyReader, policy: AddressPolicy, allowsHTTP: Bool) {
        let url = Self.url(&reader, policy, allowsHTTP)
        events = Self.events(&reader)
        description = reader.string("description", 0...500) ?? ""
        guard let url else { return nil }
        self.url = url
    }

    private static func url(_ reader: inout BodyReader, _ policy: AddressPolicy, _ allowsHTTP: Bool) -> String? {
        guard let text = reader.string("url", 1...2_000, isRequired: true) else { return nil }
        func refuse(_ message: String) -> String? {
            reader.faults.add(reader.path("url"), "invalid_url", message)
            return nil
        }
        guard let address = WebAddress(text) else { return refuse("must be an https URL without user or fragment") }
        if address.scheme == .http, !allowsHTTP { return refuse("must be an https URL") }
        if address.port != 443, address.port <= 1_023, !(address.scheme == .http && address.port == 80) {
            return refuse("must be on port 443 or above 1023")
        }
        // A name is judged when it is dialled: it may lead elsewhere by then.
        if let literal = SocketAddress(address.host), !policy.permits(literal) {
            return refuse("must not lead to a private, loopback or reserved address")
        }
        let isNumeric = address.host.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2e }
        if SocketAddress(address.host) == nil, isNumeric || address.host.lowercased().hasPrefix("0x") {
            return refuse("must name its host by a name or an address in full")
        }
        if address.host.lowercased() == "localhost", !policy.permits(.loopback) {
            return refuse("must not lead to a private, loopback or reserved address")
        }
        return text
    }

    private static func events(_ reader: inout BodyReader) -> [String] {
        guard let nodes = reader.elements("events", 1...20, isRequired: true) else { return [] }
        var events: [String] = []
        for (index, node) in nodes.enumerated() {
            guard let text = node.string, (1...100).contains(text.utf8.count),
                text == "*" || text.utf8.allSatisfy(Self.isEventByte)
            else {
                reader.faults.add(
                    "\(reader.path("events"))/\(index)", "invalid_event",
                    "must be * or a type such as tryon.completed: lower-case letters, digits, dots and underscores")
                continue
            }
            if !events.contains(text) { events.append(text) }
        }
        return events
    }

    private static func isEventByte(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte == 0x2e || byte == 0x5f
    }
}
