import Foundation
import Platform
import TestKit
import Testing

/// Lists, links and deletions of photographs and garments.
@Suite("Deleted pictures")
struct PictureDeletionTests {
    private static let photos = "/api/v1/customers/shopper-42/photos"

    @Test("photos and garments are listed, and each answer has a link that works")
    func lists() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let garments = try TestPictures.catalogue(tenant)
        let newest = try TestPictures.upload(tenant.client, Self.photos, try TestPictures.sample("portrait.jpg"))
            .string("id")
        let page = try tenant.client.get("\(Self.photos)?limit=1")
        #expect(page.string("data.0.id") == newest && page.text.contains(#""hasMore":true"#))
        let next = try tenant.client.get("\(Self.photos)?cursor=\(page.string("nextCursor"))")
        #expect(next.integer("data.0.width") == 512 && next.text.contains(#""hasMore":false"#))
        let one = try tenant.client.get("\(Self.photos)/\(newest)")
        #expect(try stack.client.get(TestPictures.local(one.string("url"))).status == 200)
        #expect(try tenant.client.get("/api/v1/garments").string("data.0.category") == "eyewear")
        let tee = try tenant.client.get("/api/v1/garments/\(garments["tee"] ?? "")")
        #expect(tee.string("category") == "top")
        #expect(try stack.client.get(TestPictures.local(tee.string("url"))).status == 200)
        // Another tenant has none of them.
        let other = try stack.makeTenant()
        #expect(try other.client.get(Self.photos).status == 404)
        #expect(try other.client.get("/api/v1/garments/\(garments["tee"] ?? "")").status == 404)
        #expect(try other.client.delete("/api/v1/garments/\(garments["tee"] ?? "")").status == 404)
        #expect(try other.client.get("/api/v1/garments").text.contains(#""data":[]"#))
    }

    @Test(
        "a session that waits for a deleted photo ends as failed and costs nothing, and the photo before takes its place"
    )
    func photo() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 10)
        let garment = try #require(try TestPictures.catalogue(tenant)["tee"])
        let portrait = try TestPictures.sample("portrait.jpg")
        let keyed = tenant.client.with(["Idempotency-Key": "portrait"])
        func upload(_ bytes: [UInt8]) throws -> TestAnswer { try TestPictures.upload(keyed, Self.photos, bytes) }
        let newest = try upload(portrait).string("id")
        let waiting = try tenant.tryOn([garment]).string("id")
        #expect(try tenant.client.delete("\(Self.photos)/\(newest)").status == 204)
        #expect(try tenant.client.delete("\(Self.photos)/\(newest)").status == 404)
        #expect(try tenant.client.get("\(Self.photos)/\(newest)").status == 404)
        // The same upload again does not bring the deleted photo back.
        #expect(try upload(portrait).status == 409)
        #expect(!PictureTests.files(stack).contains { $0.contains(newest) })
        let after = try tenant.tryOn([garment]).string("id")
        let named = try tenant.client.post(
            "/api/v1/cart-tryons",
            #"{"customerId":"shopper-42","photoId":"\#(newest)","items":[{"sku":"S","garmentId":"\#(garment)"}]}"#)
        #expect(named.status == 422)
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        for id in [waiting, after] { try await tenant.waitForEnd(id) }
        let failed = try tenant.client.get("/api/v1/cart-tryons/\(waiting)")
        #expect(failed.string("status") == "failed")
        // The customer was not erased.
        #expect(failed.string("customerId") == "shopper-42")
        #expect(failed.string("error.code") == "photo_unavailable")
        #expect(try tenant.status(after) == "completed")
        try await poll { try tenant.client.get("/api/v1/credits").text == #"{"balance":9,"held":0,"available":9}"# }
        #expect(stack.sql("SELECT COUNT(*) FROM erasures") == "0")
        #expect(!worker.log.contains("\"level\":\"error\""))
        stack.expectAccountsToBalance()
    }

    @Test("an item that waits for a deleted garment fails and costs nothing")
    func garment() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 10)
        let garments = try TestPictures.catalogue(tenant)
        let (tee, hat) = (try #require(garments["tee"]), try #require(garments["hat"]))
        let waiting = try tenant.tryOn([tee, hat]).string("id")
        #expect(try tenant.client.delete("/api/v1/garments/\(hat)").status == 204)
        #expect(!PictureTests.files(stack).contains { $0.contains(hat) })
        #expect(try tenant.tryOn([hat]).status == 422)
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        try await tenant.waitForEnd(waiting)
        let view = try tenant.client.get("/api/v1/cart-tryons/\(waiting)")
        #expect(view.string("status") == "partially_completed")
        #expect(view.string("items.1.error.code") == "garment_unavailable")
        try await poll { try tenant.client.get("/api/v1/credits").text == #"{"balance":9,"held":0,"available":9}"# }
        #expect(!worker.log.contains("\"level\":\"error\""))
        stack.expectAccountsToBalance()
    }

    @Test("long narrow pictures, and photographs that were stored before renditions, are rendered in every quality")
    func unusualFiles() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant(credits: 100)
        PictureHandle.startLibrary()
        _ = try tenant.client.post("/api/v1/customers", #"{"externalId":"shopper-42"}"#)
        let narrow = Pixels(
            width: 310, height: 2_200, bands: 4,
            copying: (0..<310 * 2_200).flatMap { _ in [28, 94, 150, 255] as [UInt8] })
        let garment = try TestPictures.upload(
            tenant.client, "/api/v1/garments?category=bottom", try PictureHandle.encode(narrow)
        ).string("id")
        var sessions: [String] = []
        let photo = try TestPictures.upload(tenant.client, Self.photos, try PictureHandle.encode(narrow))
        #expect(photo.status == 200)
        for quality in ["SD", "HD", "4K"] {
            sessions.append(try tenant.tryOn([garment], quality: quality).string("id"))
        }
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        for id in sessions { try await tenant.waitForEnd(id) }
        // As an older version stored it: the file as it came, lying on its side.
        let old = TestPictures.exif(try TestPictures.sample("portrait.jpg"), orientation: 6, text: "")
        let path = stack.sql("SELECT object_path FROM photos")
        try Data(old).write(to: URL(filePath: "\(stack.directory)/objects/\(path)"))
        _ = stack.sql("UPDATE photos SET has_renditions = 0, width = 600, height = 512, face_x = NULL")
        sessions.append(try tenant.tryOn([garment]).string("id"))
        try await tenant.waitForEnd(sessions[3])
        for id in sessions { #expect(try tenant.status(id) == "completed", "\(id)") }
        #expect(!worker.log.contains("\"level\":\"error\""))
    }
}
