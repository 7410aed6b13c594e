import Platform
import TestKit
import Testing

/// The daemons with their pictures in a bucket.
@Suite("Pictures in S3")
struct S3Tests {
    @Test("pictures are stored in the bucket, clients get them from there, and an erasure deletes them")
    func pictures() async throws {
        let server = try S3Server(.rclone)
        let stack = try TestStack(environment: server.environment)
        let tenant = try stack.makeTenant()
        let garment = try #require(try TestPictures.catalogue(tenant)["tee"])
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        let id = try tenant.tryOn([garment]).string("id")
        try await tenant.waitForEnd(id)
        let view = try tenant.client.get("/api/v1/cart-tryons/\(id)")
        #expect(view.string("status") == "completed")
        let answer = try stack.client.get(TestPictures.local(view.string("items.0.resultUrl")))
        #expect(answer.status == 302)
        let location = try #require(answer.fields["location"])
        #expect(location.hasPrefix("\(server.url)/\(S3Server.bucket)/enterprise/"))
        #expect(
            Shell.run("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code} %{content_type}", location])
                == "200 image/jpeg")
        #expect(try tenant.client.delete("/api/v1/customers/shopper-42").status == 204)
        try await poll("the picture is gone") {
            Shell.run("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", location]) == "404"
        }
        #expect(!worker.log.contains("\"level\":\"error\""))
    }

    @Test("pictures are copied from the directory to the bucket, and back")
    func copied() async throws {
        let server = try S3Server(.rclone)
        let stack = try TestStack()
        let tenant = try stack.makeTenant()
        let garment = try #require(try TestPictures.catalogue(tenant)["tee"])
        let worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        let id = try tenant.tryOn([garment]).string("id")
        try await tenant.waitForEnd(id)
        let environment = stack.environment.merging(server.environment) { $1 }
        func copy(_ target: String, _ environment: [String: String]) -> (code: Int32, output: String) {
            Shell.status(
                "\(TestPlace.products)/drapectl", ["objects", "copy", "--to", target], environment: environment)
        }
        let before = PictureTests.files(stack)
        #expect(before.count == 8)
        #expect(copy("s3", environment).code == 0)
        func doctor(_ environment: [String: String]) -> String {
            Shell.status("\(TestPlace.products)/drapectl", ["doctor"], environment: environment).output
        }
        #expect(doctor(environment).contains("the bucket pictures takes, gives and deletes objects"))
        let wrong = environment.merging(["AWS_SECRET_ACCESS_KEY": "wrong"]) { $1 }
        #expect(doctor(wrong).contains("the object store refuses it: 403"))
        let other = environment.merging(["DRAPE_OBJECTS_DIR": "\(stack.directory)/objects/other"]) { $1 }
        let back = copy("directory", other)
        #expect(back.code == 0 && back.output.contains("photographs"), "\(back.output)")
        #expect(PictureTests.files(stack).count == 16)
        _ = stack.sql("UPDATE garments SET object_path = 'enterprise/org-x/garments/none.png' LIMIT 1")
        #expect(copy("s3", environment).code == 1)
        #expect(copy("s3", stack.environment).code == 78 && copy("moon", environment).code == 64)
        #expect(worker.isReady)
    }

    @Test("kills of the store and of the worker lose no session, and charge none twice")
    func kills() async throws {
        let server = try S3Server(.rclone)
        let stack = try TestStack(environment: server.environment)
        let tenant = try stack.makeTenant(credits: 1_000)
        let garment = try #require(try TestPictures.catalogue(tenant)["tee"])
        let ids = try (0..<60).map { _ in try tenant.tryOn([garment, garment]).string("id") }
        var worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
        for round in 0..<6 {
            let done = 10 * round
            try await poll("session \(done)") {
                (Int(stack.sql("SELECT COUNT(*) FROM cart_tryon_sessions WHERE status = 'completed'")) ?? 0) >= done
            }
            if round % 2 == 0 {
                server.kill()
                try server.start()
            } else {
                worker.kill()
                worker = try stack.startWorker(["DRAPE_RENDERER": "compositor"])
            }
        }
        for id in ids { try await tenant.waitForEnd(id) }
        #expect(stack.sql("SELECT DISTINCT status FROM cart_tryon_sessions") == "completed")
        #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'charge'") == "60")
        stack.expectAccountsToBalance()
        #expect(worker.isReady)
    }
}
