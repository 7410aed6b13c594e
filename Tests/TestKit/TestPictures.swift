import Foundation

/// The sample pictures, and what tests do with them.
package enum TestPictures {
    package static func sample(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(TestPlace.root)/samples/\(name)")))
    }

    package static func upload(_ client: TestClient, _ path: String, _ bytes: [UInt8], type: String = "image/png")
        throws
        -> TestAnswer
    {
        try client.send("POST", path, type: type, body: bytes)
    }

    /// The path and query of a link to this ingress, without scheme and host.
    package static func local(_ url: String) -> String { "/" + url.split(separator: "/", maxSplits: 2)[2] }

    /// Creates a customer with the sample photo, and the sample garments; returns the garments' ids by name.
    package static func catalogue(_ tenant: TestTenant) throws -> [String: String] {
        _ = try tenant.client.post("/api/v1/customers", #"{"externalId":"shopper-42"}"#)
        let photo = try upload(tenant.client, "/api/v1/customers/shopper-42/photos", try sample("person.png"))
        guard photo.status == 200 else { throw ServerProcess.Failure.notReady(photo.description) }
        var garments: [String: String] = [:]
        for (name, category) in [("tee", "top"), ("hat", "headwear"), ("glasses", "eyewear")] {
            let made = try upload(
                tenant.client, "/api/v1/garments?category=\(category)", try sample("\(name).png"))
            garments[name] = made.string("id")
        }
        return garments
    }
}
