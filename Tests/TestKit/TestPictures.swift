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

    /// A JPEG with an EXIF segment: an orientation, and a text that stands for a place.
    package static func exif(_ jpeg: [UInt8], orientation: UInt8, text: String) -> [UInt8] {
        let directory: [UInt8] = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
        let body = Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8] + directory + Array(text.utf8)
        let length = body.count + 2
        return jpeg.prefix(2) + [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)] + body + jpeg.dropFirst(2)
    }
}
