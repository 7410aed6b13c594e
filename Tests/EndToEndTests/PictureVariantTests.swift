import Foundation
import Platform
import TestKit
import Testing

/// Pictures in the widths that clients ask for.
@Suite("Picture variants")
struct PictureVariantTests {
    private static let photos = "/api/v1/customers/shopper-42/photos"

    private static func upload(_ tenant: TestTenant) throws -> (photo: String, garment: String) {
        _ = try tenant.client.post("/api/v1/customers", #"{"externalId":"shopper-42"}"#)
        let photo = try TestPictures.upload(tenant.client, photos, try TestPictures.sample("person.png"))
        let garment = try TestPictures.upload(
            tenant.client, "/api/v1/garments?category=top", try TestPictures.sample("tee.png"))
        return (TestPictures.local(photo.string("url")), TestPictures.local(garment.string("url")))
    }

    private static func variants(_ stack: TestStack) -> [String] {
        PictureTests.files(stack).filter { $0.contains("-w") }
    }

    @Test("a picture comes in the width of the list that is asked for, is made once, and goes with its picture")
    func widths() async throws {
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let (photo, garment) = try Self.upload(tenant)
        PictureHandle.startLibrary()
        for width in [160, 320, 480] {
            let small = try stack.client.get("\(photo)&width=\(width)")
            #expect(small.status == 200 && small.fields["content-type"] == "image/jpeg")
            #expect(small.fields["cache-control"]?.hasSuffix("immutable") == true)
            let info = try #require(PictureHandle.probe(small.body))
            #expect((info.format, info.width, info.height) == (.jpeg, width, width))
            let again = try stack.client.with(["If-None-Match": small.fields["etag"] ?? ""]).get(
                "\(photo)&width=\(width)")
            #expect(again.status == 304)
        }
        // It is 512 pixels wide.
        #expect(PictureHandle.probe(try stack.client.get("\(photo)&width=960").body)?.width == 512)
        let cut = try PictureHandle.load(
            try stack.client.get("\(garment)&width=160").body, sidePixelsMax: 4_096, keepsAlpha: true)
        #expect(cut.width == 160 && cut.hasAlpha && cut.pixel(1, 1)[3] == 0)
        #expect(Self.variants(stack).count == 5)
        #expect(try tenant.client.delete("/api/v1/customers/shopper-42").status == 204)
        #expect(Self.variants(stack).count == 1)
        #expect(try stack.client.get("\(photo)&width=320").status == 404)
        let id = try tenant.client.get("/api/v1/garments").string("data.0.id")
        #expect(try tenant.client.delete("/api/v1/garments/\(id)").status == 204)
        #expect(PictureTests.files(stack).isEmpty)
    }

    @Test("a width that is not of the list is refused with what is allowed, and only by a valid link")
    func refusals() throws {
        let stack = try TestStack()
        let (photo, _) = try Self.upload(try stack.makeTenant())
        for width in ["321", "0", "-1", "320px", "", "99999999999999999999"] {
            let answer = try stack.client.get("\(photo)&width=\(width)")
            #expect(answer.status == 400 && answer.string("errors.0.pointer") == "width", "\(answer)")
            #expect(answer.string("errors.0.message") == "must be one of 160, 320, 480, 640, 960, 1280")
        }
        #expect(try stack.client.get("\(photo)&width=320&width=160").status == 400)
        #expect(try stack.client.get("\(photo)0&width=320").status == 403)
        #expect(Self.variants(stack).isEmpty)
    }

    @Test(
        "variants of a bucket are redirected to, and are deleted with their picture",
        arguments: S3Server.Kind.allCases)
    func bucket(_ kind: S3Server.Kind) throws {
        let server = try S3Server(kind)
        let stack = try TestStack(environment: server.environment)
        let tenant = try stack.makeTenant()
        let (photo, _) = try Self.upload(tenant)
        let first = try stack.client.get("\(photo)&width=320")
        let location = try #require(first.fields["location"])
        #expect(first.status == 302 && location.contains("-w320.jpg?"))
        let file = "\(stack.directory)/variant.jpg"
        #expect(Shell.run("curl", ["-s", "-o", file, "-w", "%{http_code}", location]) == "200")
        PictureHandle.startLibrary()
        #expect(PictureHandle.probe(Array(try Data(contentsOf: URL(filePath: file))))?.width == 320)
        #expect(try stack.client.get("\(photo)&width=320").status == 302)
        // A link for HEAD is signed for HEAD.
        let head = try #require(try stack.client.send("HEAD", "\(photo)&width=320").fields["location"])
        #expect(Shell.run("curl", ["-sI", "-o", "/dev/null", "-w", "%{http_code}", head]) == "200")
        #expect(try tenant.client.delete("/api/v1/customers/shopper-42").status == 204)
        #expect(Shell.run("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", location]) == "404")
        // Not by a link that is known: the ingress asks the store.
        #expect(try stack.client.get("\(photo)&width=160").status == 404)
    }
}
