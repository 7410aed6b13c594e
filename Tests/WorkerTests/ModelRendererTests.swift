import Domain
import Platform
import Synchronization
import TestKit
import Testing

@testable import Worker

/// The renderer that calls servers of the cog protocol, against a real HTTP server.
@Suite("Model renderer")
struct ModelRendererTests {
    private typealias Answer = TestServer.Answer

    /// A model server whose predictions answer as a test says; it is healthy and has the inputs of the profile.
    private static func server(
        health: String = ModelBench.health, inputs: String = ModelBench.inputs,
        _ predict: @escaping @Sendable (TestServer.Request, Int) async -> TestServer.Answer
    ) throws -> TestServer {
        let count = Mutex(0)
        return try TestServer { request in
            switch request.path {
            case "/health-check": return Answer(.ok, health)
            case "/openapi.json": return Answer(.ok, inputs)
            default:
                let number = count.withLock { count in
                    count += request.method == "PUT" ? 1 : 0
                    return count
                }
                return await predict(request, number)
            }
        }
    }

    private static let succeeded = Answer(.ok, #"{"id":"x","status":"succeeded","output":["\#(ModelBench.picture)"]}"#)

    @Test("a prediction has the item's id and both pictures, and its output is stored in the size of results")
    static func succeeds() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _, _ in Self.succeeded }
            let id = try tests.accept()
            try await tests.runNext(tests.model([server.url]))
            let view = try tests.view(id)
            #expect(view.string("status") == "completed")
            #expect(view.string("items.0.renderer") == "fitted")
            let request = try #require(server.received.last)
            #expect(request.line == "PUT /predictions/\(view.string("items.0.id"))")
            #expect(request.text.hasPrefix(#"{"input":{"human_img":"data:image/png;base64,"#))
            #expect(request.text.contains(#""garm_img":"data:image/png;base64,"#))
            #expect(request.text.hasSuffix(#""category":"top","quality":"SD"}}"#))
            let stored = try #require(tests.objects.files.first { $0.key.contains("/results/") })
            let info = PictureHandle.probe(stored.value)
            #expect(info?.format == .jpeg && info?.width == 576 && info?.height == 864)
            #expect(tests.bench.stack.redis.command(["KEYS", "session:*"]) == "")
        }
    }

    @Test(
        "what the client's pictures have caused ends the item with its code, and is refunded",
        arguments: [
            ("PoseError: no person", 200, "pose_error", "no person"),
            ("ImageLoadError", 200, "image_load_error", ""),
            ("ContentModerationError: no", 200, "content_moderation_error", "no"),
            (
                "InputValidationError: a person in the garment's photo", 422, "input_validation_error",
                "a person in the garment's photo"
            ),
        ])
    static func failsForTheClient(_ error: String, _ status: Int, _ code: String, _ message: String) async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let body = #"{"id":"x","status":"failed","error":"\#(error)"}"#
            let server = try Self.server { _, _ in
                status == 200 ? Answer(.ok, body) : Answer(.unprocessableContent, body)
            }
            let id = try tests.accept()
            try await tests.runNext(tests.model([server.url]))
            let view = try tests.view(id)
            #expect(view.string("status") == "failed")
            #expect(view.string("items.0.error.code") == code && view.string("items.0.error.message") == message)
            #expect(server.count("PUT") == 1)
            #expect(tests.refunds == "1")
        }
    }

    @Test(
        "every other failure is tried again, and an attempt is counted",
        arguments: [
            #"{"status":"failed","error":"RuntimeError: out of memory"}"#, #"{"status":"succeeded"}"#, "no JSON",
            #"{"status":"succeeded","output":"data:image/png;base64,AAAA"}"#, #"{"status":"canceled"}"#,
            #"{"status":"succeeded","output":"not a URI"}"#,
        ])
    static func failsForTheModel(_ body: String) async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _, number in number == 1 ? Answer(.ok, body) : Self.succeeded }
            let id = try tests.accept()
            let renderer = tests.model([server.url])
            try await tests.runNext(renderer)
            #expect(try tests.view(id).string("status") == "processing")
            #expect(tests.attempts == "1")
            try await tests.runNext(renderer)
            #expect(try tests.view(id).string("status") == "completed")
            #expect(tests.refunds == "0")
        }
    }

    @Test("a busy server, and one that starts, cost no attempt: the session waits inside of the worker")
    static func busy() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _, number in
                switch number {
                case 1: Answer(.conflict, #"{"error":"At capacity","status":"failed"}"#)
                case 2: Answer(.serviceUnavailable, #"{"error":"not ready","status":"failed"}"#)
                default: Self.succeeded
                }
            }
            let id = try tests.accept()
            try await tests.runNext(tests.model([server.url]))
            #expect(try tests.view(id).string("status") == "completed")
            #expect(server.count("PUT") == 3)
            #expect(tests.bench.telemetry.models.failures.value == 0)
        }
    }

    @Test("a session that waits for a model is released at once when the worker stops, and no attempt is counted")
    static func drains() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _, _ in
                Answer(.conflict, "{}")
            }
            let id = try tests.accept()
            tests.life.isDraining = true
            try await tests.runNext(tests.model([server.url]))
            #expect(try tests.view(id).string("status") == "processing")
            // Nothing begins, although there is a slot.
            #expect(tests.attempts == "" && server.count("PUT") == 0)
            #expect(tests.bench.delay(.sessions) == nil)
            #expect(try await tests.bench.claim(.sessions).count == 1)
        }
    }

    @Test("a prediction that is under way already is asked for until it ends")
    static func underWay() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _, number in
                number < 4 ? Answer(.accepted, #"{"id":"x","status":"processing"}"#) : Self.succeeded
            }
            let id = try tests.accept()
            try await tests.runNext(tests.model([server.url]))
            #expect(try tests.view(id).string("status") == "completed")
            #expect(server.count("PUT") == 4)
        }
    }

    @Test(
        "a server without the inputs of the profile, or in bad health, gets no prediction, and the session waits",
        arguments: [
            (ModelBench.health, #"{"components":{"schemas":{"Input":{"properties":{"human_img":{}}}}}}"#),
            (#"{"status":"SETUP_FAILED"}"#, ModelBench.inputs), (#"{"status":"STARTING"}"#, ModelBench.inputs),
            ("", ModelBench.inputs), (ModelBench.health, "{}"),
        ])
    static func unusable(_ health: String, _ inputs: String) async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server(health: health, inputs: inputs) { _, _ in Self.succeeded }
            let id = try tests.accept()
            try await tests.runNext(tests.model([server.url]))
            #expect(server.count("PUT") == 0)
            #expect(tests.attempts == "")
            #expect(try tests.view(id).string("status") == "processing")
            #expect(tests.bench.telemetry.models.unavailable.value == 1)
        }
    }

    @Test("of two servers a dead one is left out, and after a hang the other one is asked")
    static func severalServers() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let hanging = try Self.server { _, _ in
                try? await Task.sleep(for: .seconds(600))
                return Self.succeeded
            }
            let good = try Self.server { _, _ in Self.succeeded }
            let id = try tests.accept(items: 3)
            let renderer = tests.model(["http://127.0.0.1:9", hanging.url, good.url], timeout: .seconds(5))
            for _ in 1...5 where try tests.view(id).string("status") != "completed" {
                try await tests.runNext(renderer)
                tests.bench.clock.advance(by: .seconds(1))
            }
            #expect(try tests.view(id).string("status") == "completed")
            #expect(good.count("PUT") == 3)
        }
    }

    @Test("a cancel during a prediction cancels it, and the items without a picture are refunded")
    static func cancels() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let isCanceled = Mutex(false)
            let server = try Self.server { request, _ in
                if request.path.hasSuffix("/cancel") {
                    isCanceled.withLock { $0 = true }
                    return Answer(.ok, "{}")
                }
                while !isCanceled.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(5)) }
                return Answer(.ok, #"{"id":"x","status":"canceled"}"#)
            }
            let id = try tests.accept(items: 2)
            let (client, path) = (tests.bench.tenant.client, "/api/v1/cart-tryons/\(id)/cancel")
            let canceling = Task.detached {
                try await poll { server.count("PUT") == 1 }
                #expect(try client.post(path, "").status == 202)
            }
            try await tests.runNext(tests.model([server.url], timeout: .seconds(3_000)))
            try await canceling.value
            #expect(try tests.view(id).string("status") == "canceled")
            #expect(server.count("PUT") == 1 && server.count("POST") == 1)
            #expect(tests.refunds == "2")
            tests.bench.stack.expectAccountsToBalance()
        }
    }

    @Test(
        "a session that has waited too long for a model fails, and is refunded",
        arguments: ["away", "busy", "starting"])
    static func queueTimeout(_ state: String) async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _, _ in Answer(state == "busy" ? .conflict : .serviceUnavailable, "{}") }
            let id = try tests.accept()
            let renderer = ModelRenderer(
                profile: .drape,
                servers: ModelServers(
                    urls: [state == "away" ? "http://127.0.0.1:9" : server.url], fields: [], slots: 1,
                    loop: tests.bench.loop,
                    client: tests.client, logger: tests.bench.logger),
                files: tests.files,
                limits: ModelLimits(
                    timeout: .seconds(5), queueTime: .zero, clock: SystemClock(), isDraining: { false }),
                loop: tests.bench.loop, client: tests.client, telemetry: tests.bench.telemetry.models,
                logger: tests.bench.logger)
            try await tests.runNext(renderer)
            #expect(try tests.view(id).string("items.0.error.code") == "renderer_unavailable")
            #expect(tests.refunds == "1")
        }
    }

    @Test("a profile is read from a file, and its faults are said")
    static func profile() throws {
        let good = #"""
            {"name":"mine","inputs":{"person":"a","garment":"b"},"categories":{"top":"t"},"constants":{"steps":3}}
            """#
        let profile = try ModelProfile(file: Array(good.utf8))
        #expect(profile.fields == ["a", "b", "steps"] && profile.categories == [.top: "t"])
        for (text, problem) in [
            ("{", "is no JSON"), ("{}", "has no `name`"), (#"{"name":"x"}"#, "has no `inputs`"),
            (#"{"name":"x","inputs":{"person":"a","garment":"b"},"categories":{"hat":"h"}}"#, "has \"hat\""),
            (#"{"name":"x","inputs":{"person":"a","garment":"b"}}"#, "has no `categories`"),
        ] {
            do throws(ModelProfileError) {
                _ = try ModelProfile(file: Array(text.utf8))
                Issue.record("\(text) was read")
            } catch {
                #expect(error.problem.hasPrefix(problem), "\(error.problem)")
            }
        }
    }
}
