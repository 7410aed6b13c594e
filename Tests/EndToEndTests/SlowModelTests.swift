import TestKit
import Testing

/// A model that hangs, with real daemons: only its own sessions wait.
@Suite("Slow model")
struct SlowModelTests {
    @Test("sessions of an organisation whose model hangs leave the worker's slots to other organisations")
    static func slots() async throws {
        let stack = try TestStack()
        let (slow, quick) = (try stack.makeTenant(), try stack.makeTenant())
        let model = try hanging()
        _ = stack.sql("UPDATE organizations SET renderer = 'model' WHERE id = '\(slow.organizationID)'")
        let garment = try #require(try TestPictures.catalogue(slow)["tee"])
        let worker = try stack.startWorker([
            "DRAPE_WORKER_SLOTS": "8", "DRAPE_MODEL_URLS": model.url, "DRAPE_MODEL_TIMEOUT_SECONDS": "600",
        ])
        let items = [String](repeating: garment, count: 6)
        let waiting = try (0..<4).map { _ in try slow.tryOn(items).string("id") }
        try await poll("a prediction") { model.count("PUT") == 1 }
        // With its own weight, the session that is under way would hold 6 of the 8 slots, and this one needs 4.
        let other = try quick.addCatalogue().garment
        let id = try quick.tryOn([other, other, other, other]).string("id")
        try await quick.waitForEnd(id)
        #expect(try quick.status(id) == "completed")
        for id in waiting { #expect(["queued", "processing"].contains(try slow.status(id))) }
        #expect(model.count("PUT") == 1)
        worker.kill()
    }

    @Test("a worker takes no more sessions of an organisation than its model can take; the others stay in their order")
    static func backlog() async throws {
        let stack = try TestStack()
        let (slow, quick) = (try stack.makeTenant(), try stack.makeTenant())
        let model = try hanging()
        _ = stack.sql("UPDATE organizations SET renderer = 'model' WHERE id = '\(slow.organizationID)'")
        let garment = try #require(try TestPictures.catalogue(slow)["tee"])
        let other = try #require(try TestPictures.catalogue(quick)["tee"])
        let worker = try stack.startWorker([
            "DRAPE_RENDERER": "compositor", "DRAPE_MODEL_URLS": model.url, "DRAPE_MODEL_TIMEOUT_SECONDS": "600",
        ])
        for _ in 0..<30 { _ = try slow.tryOn([garment]) }
        try await poll("a prediction") { model.count("PUT") == 1 }
        for _ in 0..<3 {
            let id = try quick.tryOn([other]).string("id")
            try await quick.waitForEnd(id)
            #expect(try quick.status(id) == "completed")
        }
        // One is under way, and one waits for it; what was not claimed was not charged.
        let charged = "SELECT COUNT(*) FROM cart_tryon_sessions WHERE organization_id = '\(slow.organizationID)'"
        #expect(stack.sql(charged) == "2")
        worker.kill()
    }

    /// A model server that is healthy, and never answers a prediction.
    private static func hanging() throws -> TestServer {
        try TestServer { request in
            switch request.path {
            case "/health-check": return TestServer.Answer(.ok, #"{"status":"READY"}"#)
            case "/openapi.json":
                return TestServer.Answer(
                    .ok,
                    #"""
                    {"components":{"schemas":{"Input":{"properties":{
                        "human_img":{},"garm_img":{},"category":{},"quality":{}}}}}}
                    """#)
            default:
                try? await Task.sleep(for: .seconds(600))
                return TestServer.Answer(.ok)
            }
        }
    }
}
