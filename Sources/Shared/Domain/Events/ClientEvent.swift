package import Platform

/// An event that a client has sent, as it waits in Redis.
package struct ClientEvent {
    /// The first words of the types that only Drape sends.
    package static let reservedWords = Set(EventName.allCases.map { Self.firstWord(of: $0.rawValue) })
        .union(["message", "device", "drape"])

    package let environment: TenantEnvironment
    package let type: String
    /// What a client has named by an idempotency key has one event of each type; empty: it named none.
    package let subjectID: String
    package let requestID: String
    package let traceparent: String?
    /// The event's data: a JSON object.
    package let data: JSONNode

    package init(
        environment: TenantEnvironment, type: String, subjectID: String, requestID: String, traceparent: String?,
        data: JSONNode
    ) {
        self.environment = environment
        self.type = type
        self.subjectID = subjectID
        self.requestID = requestID
        self.traceparent = traceparent
        self.data = data
    }

    /// Whether a client may send events of this type.
    package static func isAllowed(_ type: String) -> Bool {
        EventType.isValid(type) && !reservedWords.contains(firstWord(of: type))
    }

    private static func firstWord(of type: String) -> String { String(type.prefix { $0 != "." }) }

    /// The form in Redis.
    package var json: JSONWriter {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("env", environment.rawValue)
            json.field("type", type)
            json.field("subject", subjectID)
            json.field("request", requestID)
            if let traceparent { json.field("trace", traceparent) }
            json.key("data")
            json.value(data)
        }
        return json
    }

    /// Reads the form in Redis; nil if the bytes are not valid.
    package init?(_ bytes: [UInt8], _ parser: borrowing JSONParserHandle) {
        let root: JSONNode
        do throws(JSONError) {
            root = try parser.parse(bytes).root
        } catch {
            return nil
        }
        let members = Dictionary((root.members ?? []).map { ($0.name, $0.value) }) { first, _ in first }
        guard let environment = members["env"]?.string.flatMap(TenantEnvironment.init(rawValue:)),
            let type = members["type"]?.string, let subject = members["subject"]?.string,
            let request = members["request"]?.string, let data = members["data"], data.kind == .object
        else { return nil }
        self.init(
            environment: environment, type: type, subjectID: subject, requestID: request,
            traceparent: members["trace"]?.string, data: data)
    }
}
