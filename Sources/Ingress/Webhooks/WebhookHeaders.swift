internal import Domain
internal import Platform

extension Field where Value == [HTTPField] {
    private static var countMax: Int { 20 }

    /// An object of header fields.
    static func headers(_ name: StaticString, _ description: String) -> Field {
        let schema = FieldSchema(
            name, .stringMap(count: countMax, nameLength: 1...64, valueLength: 1_000), description,
            example: #"{"Authorization":"Bearer …"}"#)
        return Field(schema) { node, place, faults in
            guard let members = node.members else {
                faults.add(place.pointer, .wrongType, "must be an object of strings")
                return nil
            }
            if members.count > countMax {
                faults.add(place.pointer, .wrongCount, "must have at most \(countMax) members")
            }
            var fields: [HTTPField] = []
            for (key, value) in members {
                let pointer = "\(place.pointer)/\(ObjectReader.escaped(key))"
                guard let text = value.string else {
                    faults.add(pointer, .wrongType, "must be a string")
                    continue
                }
                let field = HTTPField(key, text)
                if let fault = field.fault { faults.add(pointer, .notAllowed, fault) }
                if fields.contains(where: { $0.name.lowercased() == key.lowercased() }) {
                    faults.add(pointer, .duplicateField, "is a duplicate field; case does not matter")
                }
                fields.append(field)
            }
            return fields
        }
    }
}

/// The header fields of a webhook, as they are stored.
struct SealedHeaders {
    let secretKey: SecretKey

    /// Nil if there are none.
    func seal(_ fields: [HTTPField], of webhook: WebhookID) -> [UInt8]? {
        if fields.isEmpty { return nil }
        return secretKey.seal(
            Array(HTTPField.text(fields).utf8), context: HTTPField.sealContext(webhook.description))
    }

    /// The names, in their order; empty if there are none.
    func names(_ sealed: [UInt8]?, of webhook: String) -> [String] {
        let plain = sealed.flatMap { secretKey.open($0, context: HTTPField.sealContext(webhook)) }
        return HTTPField.list(String(decoding: plain ?? [], as: UTF8.self)).map(\.name)
    }
}
