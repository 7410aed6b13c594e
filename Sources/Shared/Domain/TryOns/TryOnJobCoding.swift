package import Platform

extension TryOnJob {
    /// The JSON form.
    package var json: JSONWriter {
        var json = JSONWriter(capacity: 768)
        json.object { json in
            json.field("org", organizationID)
            json.field("env", environment.rawValue)
            json.field("key", keyID)
            json.field("customer", customerID)
            json.field("cart", cartID)
            json.field("quality", quality.rawValue)
            json.key("items")
            json.array { json in
                for item in items {
                    json.object { json in
                        json.field("sku", item.sku)
                        if let id = item.garmentID { json.field("garment", id) }
                        if let url = item.garmentURL { json.field("url", url) }
                        if let category = item.category { json.field("category", category.rawValue) }
                    }
                }
            }
            json.key("metadata")
            json.raw(metadata)
            json.field("request", requestID)
            if let traceparent { json.field("trace", traceparent) }
            if let idempotencyHash { json.field("idempotency", idempotencyHash) }
            if let fingerprint { json.field("fingerprint", fingerprint) }
        }
        return json
    }

    /// Reads the JSON form; nil if the bytes are not valid.
    package convenience init?(_ bytes: [UInt8], _ parser: borrowing JSONParserHandle) {
        let root: JSONNode
        do throws(JSONError) {
            root = try parser.parse(bytes).root
        } catch {
            return nil
        }
        let members = Dictionary((root.members ?? []).map { ($0.name, $0.value) }) { first, _ in first }
        guard let organization = members["org"]?.string.flatMap({ OrganizationID($0) }),
            let environment = members["env"]?.string.flatMap(TenantEnvironment.init(rawValue:)),
            let key = members["key"]?.string.flatMap({ APIKeyID($0) }), let customer = members["customer"]?.string,
            let quality = members["quality"]?.string.flatMap(Quality.init(rawValue:)),
            let items = members["items"]?.elements, (1...10).contains(items.count),
            let request = members["request"]?.string
        else { return nil }
        let read = items.compactMap(Item.init(_:))
        guard read.count == items.count else { return nil }
        var metadata = JSONWriter()
        metadata.object { json in
            for (name, value) in members["metadata"]?.members ?? [] {
                json.key(text: name)
                json.string(value.string ?? "")
            }
        }
        self.init(
            organizationID: organization, environment: environment, keyID: key, customerID: customer,
            cartID: members["cart"]?.string, quality: quality, items: read, metadata: metadata.bytes,
            requestID: request, traceparent: members["trace"]?.string,
            idempotencyHash: members["idempotency"]?.string, fingerprint: members["fingerprint"]?.string)
    }
}

extension TryOnJob.Item {
    fileprivate init?(_ node: JSONNode) {
        let members = Dictionary((node.members ?? []).map { ($0.name, $0.value) }) { first, _ in first }
        guard let sku = members["sku"]?.string else { return nil }
        self.init(
            sku: sku, garmentID: members["garment"]?.string.flatMap { GarmentID($0) },
            garmentURL: members["url"]?.string,
            category: members["category"]?.string.flatMap(GarmentCategory.init(rawValue:)))
    }
}
