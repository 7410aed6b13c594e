import Foundation
import Platform
import TestKit
import Testing

/// Photos, garments and results, made with the real libvips.
@Suite("Pictures")
struct PictureTests {
    @Test("a photo is stored as JPEG, and its signed link serves it until it is changed or expires")
    func photo() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let bytes = try TestPictures.sample("person.png")
        _ = try tenant.client.post("/api/v1/customers", #"{"externalId":"shopper-42"}"#)
        let path = "/api/v1/customers/shopper-42/photos"
        let photo = try TestPictures.upload(tenant.client, path, bytes)
        #expect(photo.status == 200)
        #expect(photo.integer("width") == 512)
        #expect((60...240).contains(photo.integer("face.width") ?? 0))
        #expect(photo.string("sha256") == Digest.sha256(bytes).hexText)
        let link = TestPictures.local(photo.string("url"))
        let served = try stack.client.get(link)
        #expect(served.status == 200)
        #expect(Int64(served.body.count) == photo.integer("bytes"))
        #expect(served.fields["content-type"] == "image/jpeg")
        #expect(try stack.client.get(link.replacing("photos", with: "results")).status == 403)
        #expect(try stack.client.get(link.replacing("expires=1", with: "expires=2")).status == 403)
        #expect(try stack.client.get(link.split(separator: "?").first.map(String.init) ?? "").status == 403)
        #expect(try stack.client.get("/files/enterprise/../../etc/passwd?expires=9&signature=x").status == 403)
        #expect(try TestPictures.upload(tenant.client, "/api/v1/customers/nobody/photos", bytes).status == 404)
        #expect(try tenant.client.delete("/api/v1/customers/shopper-42").status == 204)
        #expect(try stack.client.get(link).status == 404)
        #expect(Self.files(stack).isEmpty)
    }

    @Test("a file is served in ranges, and not at all to who has it")
    func ranges() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let made = try TestPictures.upload(tenant.client, "/api/v1/garments", try TestPictures.sample("tee.png"))
        let link = TestPictures.local(made.string("url"))
        let whole = try stack.client.get(link)
        let tag = try #require(whole.fields["etag"])
        #expect(
            whole.fields["accept-ranges"] == "bytes" && whole.fields["cache-control"]?.hasSuffix("immutable") == true)
        func get(_ fields: [String: String]) throws -> TestAnswer { try stack.client.with(fields).get(link) }
        let part = try get(["Range": "bytes=100-199"])
        #expect(part.status == 206 && part.body == Array(whole.body[100..<200]))
        #expect(part.fields["content-range"] == "bytes 100-199/\(whole.body.count)")
        #expect(try get(["Range": "bytes=-7"]).body == Array(whole.body.suffix(7)))
        let beyond = try get(["Range": "bytes=99999999-"])
        #expect(beyond.status == 416 && beyond.fields["content-range"] == "bytes */\(whole.body.count)")
        #expect(try get(["Range": "bytes=0-9", "If-Range": tag]).status == 206)
        #expect(try get(["Range": "bytes=0-9", "If-Range": "\"other\""]).status == 200)
        for known in [tag, "\"other\", W/\(tag)", "*"] {
            let answer = try get(["If-None-Match": known])
            #expect(answer.status == 304 && answer.body.isEmpty && answer.fields["etag"] == tag)
        }
        #expect(try get(["If-None-Match": "\"other\""]).status == 200)
    }

    @Test("links begin with the URL of a CDN, and the ingress serves what the CDN asks for")
    func linksOfCDN() throws {
        let stack = try TestStack(environment: ["DRAPE_CDN_URL": "https://cdn.shop.example"])
        let tenant = try stack.makeTenant()
        let made = try TestPictures.upload(tenant.client, "/api/v1/garments", try TestPictures.sample("tee.png"))
        let link = made.string("url")
        #expect(link.hasPrefix("https://cdn.shop.example/files/"))
        let served = try stack.client.get(String(link.dropFirst("https://cdn.shop.example".count)))
        #expect(served.status == 200 && Int64(served.body.count) == made.integer("bytes"))
    }

    /// The names of all files in the object store.
    static func files(_ stack: TestStack) -> [String] {
        let found = FileManager.default.enumerator(atPath: "\(stack.directory)/objects")
        return (found?.allObjects as? [String] ?? []).filter { $0.contains(".") && !$0.contains(".partial") }.sorted()
    }

    @Test("a photo is stored upright, without what its file says about the place")
    func metadata() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        _ = try tenant.client.post("/api/v1/customers", #"{"externalId":"shopper-42"}"#)
        let sent = TestPictures.exif(try TestPictures.sample("portrait.jpg"), orientation: 6, text: "at 52.5 N 13.4 E")
        let path = "/api/v1/customers/shopper-42/photos"
        let photo = try TestPictures.upload(tenant.client, path, sent, type: "image/jpeg")
        // Lying on its side it is wider than high.
        #expect((photo.integer("width"), photo.integer("height")) == (600, 512))
        #expect(photo.string("sha256") == Digest.sha256(sent).hexText)
        #expect(try tenant.client.get("\(path)/\(photo.string("id"))").text.contains(#""face":null"#))
        let names = Self.files(stack)
        #expect(names.count == 4)
        for name in names {
            let file = try Data(contentsOf: URL(filePath: "\(stack.directory)/objects/\(name)"))
            #expect(file.range(of: Data("52.5 N".utf8)) == nil && file.range(of: Data("Exif".utf8)) == nil)
        }
    }

    @Test("an ordinary product shot is stored without its background")
    func productShot() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        PictureHandle.startLibrary()
        let tee = try PictureHandle.load(try TestPictures.sample("tee.png"), sidePixelsMax: 4_096, keepsAlpha: false)
        let shot = try PictureHandle.encode(tee)
        let made = try TestPictures.upload(tenant.client, "/api/v1/garments?category=top", shot, type: "image/jpeg")
        #expect(made.status == 201)
        let served = try stack.client.get(TestPictures.local(made.string("url")))
        #expect(served.fields["content-type"] == "image/png")
        let stored = try PictureHandle.load(served.body, sidePixelsMax: 4_096, keepsAlpha: true)
        #expect(stored.pixel(1, 1)[3] == 0)
        #expect(stored.pixel(stored.width / 2, stored.height / 2)[3] == 255)
    }

    @Test("multipart bodies bring the picture in the field photo")
    func multipart() throws {
        let tenant = try TestStack().makeTenant()
        let picture = try TestPictures.sample("tee.png")
        func body(_ field: String) -> [UInt8] {
            Array("--xyz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--xyz\r\n".utf8)
                + Array("Content-Disposition: form-data; name=\"\(field)\"; filename=\"a.png\"\r\n\r\n".utf8)
                + picture + Array("\r\n--xyz--\r\n".utf8)
        }
        let type = "multipart/form-data; boundary=xyz"
        let made = try TestPictures.upload(tenant.client, "/api/v1/garments", body("photo"), type: type)
        #expect(made.status == 201)
        #expect(made.string("sha256") == Digest.sha256(picture).hexText)
        #expect(try TestPictures.upload(tenant.client, "/api/v1/garments", body("other"), type: type).status == 400)
        #expect(
            try TestPictures.upload(tenant.client, "/api/v1/garments", body("photo"), type: "multipart/form-data")
                .status == 400
        )
    }

    @Test("what is no whole picture within bounds is refused, and nothing is stored")
    func refusals() throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let good = try TestPictures.sample("tee.png")
        func answer(_ bytes: [UInt8], type: String = "image/png") throws -> String {
            let answer = try TestPictures.upload(tenant.client, "/api/v1/garments", bytes, type: type)
            return "\(answer.status) \(answer.string("code"))"
        }
        #expect(
            try answer(Array("<html><script>alert(1)</script></html>".utf8), type: "image/jpeg")
                == "415 unsupported_media_type")
        #expect(try answer([]) == "415 unsupported_media_type")
        #expect(try answer(Array("GIF89a".utf8) + good) == "415 unsupported_media_type")
        #expect(try answer(Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)) == "415 unsupported_media_type")
        #expect(try answer(Array(good.prefix(good.count / 2))) == "422 undecodable_picture")
        #expect(try answer(good, type: "application/json") == "415 unsupported_media_type")
        var broken = good
        for index in 6_000..<6_400 { broken[index] = 0 }
        #expect(try answer(broken) == "422 undecodable_picture")
        #expect(try answer(Self.png(width: 299, height: 400)) == "422 photo_too_small")
        #expect(try answer(Self.png(width: 20_000, height: 20_000)) == "422 photo_too_large")
        #expect(try answer(Self.png(width: 7_900, height: 7_900)) == "422 photo_too_large")
        #expect(try answer([UInt8](repeating: 0x20, count: 10_600_000)) == "413 content_too_large")
        #expect(stack.sql("SELECT COUNT(*) FROM garments") == "0")
        #expect(!FileManager.default.fileExists(atPath: "\(stack.directory)/objects/enterprise"))
    }

    /// An 8-bit RGB PNG with a declared size and without rows.
    static func png(width: UInt32, height: UInt32) -> [UInt8] {
        func big(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }
        func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
            let body = Array(type.utf8) + data
            return big(UInt32(data.count)) + body + big(Checksum.crc32(body))
        }
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
            + chunk("IHDR", big(width) + big(height) + [8, 2, 0, 0, 0])
            + chunk("IDAT", [0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]) + chunk("IEND", [])
    }

    @Test("results have the quality's size, are the same each time, and a test key's are marked")
    func results() async throws {
        let stack = try TestStack()
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        var pictures: [String: [UInt8]] = [:]
        for (name, environment, quality) in [
            ("first", "live", "SD"), ("again", "live", "SD"), ("marked", "test", "SD"), ("large", "live", "HD"),
        ] {
            let tenant = try stack.makeTenant(environment: environment)
            let garments = try TestPictures.catalogue(tenant)
            let accepted = try tenant.tryOn([garments["tee"] ?? "", garments["hat"] ?? ""], quality: quality)
            #expect(accepted.status == 201)
            try await tenant.waitForEnd(accepted.string("id"))
            let view = try tenant.client.get("/api/v1/cart-tryons/\(accepted.string("id"))")
            #expect(view.string("status") == "completed")
            #expect(view.string("items.0.renderer") == "compositor")
            let picture = try stack.client.get(TestPictures.local(view.string("items.0.resultUrl")))
            #expect(picture.status == 200)
            #expect(picture.fields["content-type"] == "image/jpeg")
            pictures[name] = picture.body
        }
        #expect(pictures["first"] == pictures["again"])
        #expect(pictures["first"] != pictures["marked"])
        PictureHandle.startLibrary()
        let info = try #require(PictureHandle.probe(pictures["first"] ?? []))
        #expect((info.format, info.width, info.height) == (.jpeg, 576, 864))
        #expect(PictureHandle.probe(pictures["large"] ?? [])?.width == 864)
        #expect(!worker.log.contains("\"level\":\"error\""))
        stack.expectAccountsToBalance()
    }

    @Test("a garment is fetched from an allowed address, and an item that cannot be fetched is refunded")
    func fetched() async throws {
        let stack = try TestStack(environment: ["DRAPE_WEBHOOK_ALLOW_NETS": "127.0.0.0/8,10.0.0.0/8"])
        let tenant = try stack.makeTenant(credits: 100)
        let garments = try TestPictures.catalogue(tenant)
        let refused = try tenant.client.post(
            "/api/v1/cart-tryons",
            #"""
            {"customerId":"shopper-42","items":[
              {"sku":"a","garmentUrl":"https://shop.example/tee.png","category":"top"},
              {"sku":"b","garmentUrl":"https://169.254.169.254/tee.png","category":"top"}]}
            """#)
        #expect(refused.status == 400 && refused.text.contains(#""pointer":"/items/1/garmentUrl""#))
        let accepted = try tenant.client.post(
            "/api/v1/cart-tryons",
            #"""
            {"customerId":"shopper-42","quality":"SD","items":[
              {"sku":"a","garmentId":"\#(garments["tee"] ?? "")"},
              {"sku":"b","garmentUrl":"https://127.0.0.1:9999/tee.png","category":"top"},
              {"sku":"c","garmentUrl":"https://[::ffff:10.0.0.1]/tee.png","category":"top"}]}
            """#)
        #expect(accepted.status == 201)
        // What the ingress allowed is checked again where it is called.
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor", "DRAPE_WEBHOOK_ALLOW_NETS": ""])
        try await tenant.waitForEnd(accepted.string("id"))
        let view = try tenant.client.get("/api/v1/cart-tryons/\(accepted.string("id"))")
        #expect(view.string("status") == "partially_completed")
        for item in 1...2 {
            #expect(view.string("items.\(item).error.code") == "garment_unreachable")
            #expect(view.string("items.\(item).error.message").hasSuffix("a private, loopback or reserved address"))
        }
        try await poll { try tenant.client.get("/api/v1/credits").text == #"{"balance":99,"held":0,"available":99}"# }
        #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'refund'") == "2")
        #expect(!worker.log.contains("\"level\":\"error\""))
        stack.expectAccountsToBalance()
    }

    @Test("garments on a host that does not answer delay no other tenant's picture")
    func slowHost() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenants = try [stack.makeTenant(), stack.makeTenant()]
        let garments = try tenants.map { try TestPictures.catalogue($0) }
        // Accepts connections and never answers.
        let silent = try ListenerHandle(address: .loopback, port: 0)
        let item = #"{"sku":"S","garmentUrl":"https://127.0.0.1:\#(silent.port)/x.png","category":"top"}"#
        let items = [String](repeating: item, count: 10).joined(separator: ",")
        let slow = try (0..<8).map { _ in
            let answer = try tenants[0].client.post(
                "/api/v1/cart-tryons", #"{"customerId":"shopper-42","quality":"SD","items":[\#(items)]}"#)
            #expect(answer.status == 201, "\(answer)")
            return answer.string("id")
        }
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        try await poll("all of the slow ones") { try slow.allSatisfy { try tenants[0].status($0) == "processing" } }
        let quick = try tenants[1].tryOn([try #require(garments[1]["tee"])]).string("id")
        try await tenants[1].waitForEnd(quick)
        #expect(try tenants[1].status(quick) == "completed")
        #expect(try slow.allSatisfy { try tenants[0].status($0) == "processing" })
        worker.kill()
        withExtendedLifetime(silent) {}
    }
}
