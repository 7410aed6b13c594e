import Platform
import TestKit
import Testing

/// An ingress that dies while it stores a picture.
@Suite("Killed uploads")
struct UploadKillTests {
    private let stack: TestStack
    private let tenant: TestTenant

    init() throws {
        stack = try TestStack()
        tenant = try stack.makeTenant()
        #expect(try tenant.client.post("/api/v1/customers", #"{"externalId":"shopper-42"}"#).status == 201)
    }

    private var lists: String { stack.sql("SELECT COUNT(*) FROM erasures") }

    @Test("the files of an upload without a row are deleted by a worker, and not before an hour has passed")
    func killed() async throws {
        let endpoint = try #require(MySQLEndpoint(stack.databaseURL))
        let blocker = MySQLConnection(endpoint)
        defer { blocker.close() }
        try blocker.run("LOCK TABLES photos WRITE")
        let (client, person) = (tenant.client, try TestPictures.sample("person.png"))
        let upload = Task.detached {
            try? TestPictures.upload(client, "/api/v1/customers/shopper-42/photos", person).status
        }
        try await poll("the files") { PictureTests.files(stack).count == 4 }
        stack.killIngress()
        #expect(await upload.value == nil)
        try blocker.run("UNLOCK TABLES")
        #expect(stack.sql("SELECT COUNT(*) FROM photos") == "0")
        #expect(stack.sql("SELECT COUNT(*) FROM erasures WHERE due_at > UTC_TIMESTAMP() + INTERVAL 59 MINUTE") == "4")
        _ = stack.sql("UPDATE erasures SET due_at = UTC_TIMESTAMP() - INTERVAL 1 SECOND")
        let worker = try stack.startWorker()
        try await poll("the end of the files") { PictureTests.files(stack).isEmpty && lists == "0" }
        #expect(worker.isReady)
    }

    @Test("an upload that has taken so long that a worker may delete its files is refused, and its files are deleted")
    func late() async throws {
        let blocker = MySQLConnection(try #require(MySQLEndpoint(stack.databaseURL)))
        defer { blocker.close() }
        try blocker.run("LOCK TABLES photos WRITE")
        let (client, person) = (tenant.client, try TestPictures.sample("person.png"))
        let upload = Task.detached {
            try TestPictures.upload(client, "/api/v1/customers/shopper-42/photos", person)
        }
        try await poll("the files") { PictureTests.files(stack).count == 4 }
        _ = stack.sql("UPDATE erasures SET due_at = UTC_TIMESTAMP() + INTERVAL 1 MINUTE")
        try blocker.run("UNLOCK TABLES")
        let answer = try await upload.value
        #expect(answer.status == 503 && answer.string("code") == "store_unavailable", "\(answer)")
        #expect(stack.sql("SELECT COUNT(*) FROM photos") == "0")
        #expect(PictureTests.files(stack).isEmpty && lists == "0")
    }

    @Test("uploads go on after the database has closed its connections")
    func reconnected() throws {
        let tee = try TestPictures.sample("tee.png")
        for _ in 0..<3 {
            for id in stack.sql(
                "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            ).split(separator: "\n") {
                _ = stack.sql("KILL \(id)")
            }
            let answer = try TestPictures.upload(tenant.client, "/api/v1/garments", tee)
            #expect(answer.status == 201, "\(answer)")
        }
    }

    @Test("an upload that has ended, well or badly, is in no erasure list")
    func ended() throws {
        let person = try TestPictures.sample("person.png")
        let path = "/api/v1/customers/shopper-42/photos"
        for _ in 0..<2 {
            let answer = try TestPictures.upload(tenant.client.with(["Idempotency-Key": "one"]), path, person)
            #expect(answer.status == 200)
        }
        let tee = try TestPictures.sample("tee.png")
        #expect(try TestPictures.upload(tenant.client, "/api/v1/garments", tee).status == 201)
        #expect(try TestPictures.upload(tenant.client, "/api/v1/customers/nobody/photos", person).status == 404)
        #expect(try TestPictures.upload(tenant.client, path, Array(person.prefix(5_000))).status == 422)
        #expect(lists == "0")
        #expect(PictureTests.files(stack).count == 4 + 1)
    }
}
