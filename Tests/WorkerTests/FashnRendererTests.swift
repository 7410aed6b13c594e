import Domain
import Platform
import Synchronization
import TestKit
import Testing

@testable import Worker

/// The renderer that calls a FASHN-compatible API, against a real HTTP server.
@Suite("FASHN renderer")
struct FashnRendererTests {
    private typealias Answer = TestServer.Answer

    /// An API that begins predictions `p1`, `p2`, …, and answers their status as a test says.
    private static func server(
        run: @escaping @Sendable (Int) -> TestServer.Answer = { Answer(.ok, #"{"id":"p\#($0)","error":null}"#) },
        status: @escaping @Sendable (Int) -> TestServer.Answer
    ) throws -> TestServer {
        let counts = Mutex((runs: 0, statuses: 0))
        return try TestServer { request in
            let isRun = request.path == "/v1/run"
            let number = counts.withLock { counts in
                if isRun { counts.runs += 1 } else { counts.statuses += 1 }
                return isRun ? counts.runs : counts.statuses
            }
            return isRun ? run(number) : status(number)
        }
    }

    private static let running = Answer(.ok, #"{"id":"p1","status":"in_queue","error":null}"#)
    private static let completed = Answer(
        .ok, #"{"id":"p1","status":"completed","output":["\#(ModelBench.picture)"],"error":null}"#)

    private static func failed(_ name: String) -> TestServer.Answer {
        Answer(.ok, #"{"id":"p1","status":"failed","error":{"name":"\#(name)","message":"why"}}"#)
    }

    @Test("a prediction is begun once, asked for until it is completed, and its picture is stored")
    static func succeeds() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { $0 < 3 ? Self.running : Self.completed }
            let id = try tests.accept()
            try await tests.runNext(tests.fashn(server.url))
            #expect(try tests.view(id).string("status") == "completed")
            #expect(try tests.view(id).string("items.0.renderer") == "fashn")
            let run = try #require(server.received.first)
            #expect(run.line == "POST /v1/run" && run.fields["authorization"] == "Bearer secret")
            #expect(run.text.hasPrefix(#"{"model_name":"tryon-v1.6","inputs":{"model_image":"data:image/"#))
            #expect(run.text.contains(#""category":"tops""#))
            #expect(server.count("POST") == 1 && server.count("GET /v1/status/p1") == 3)
        }
    }

    @Test("a worker that takes a session over asks for the prediction that was begun, and begins no other")
    static func takesOver() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _ in Self.completed }
            let id = try tests.accept()
            // As after the death of a worker that has just written the prediction.
            _ = try await tests.runNext(tests.fashn("http://127.0.0.1:9"))
            _ = tests.bench.stack.sql("UPDATE cart_tryon_items SET prediction_id = 'p7'")
            try await tests.runNext(tests.fashn(server.url))
            #expect(try tests.view(id).string("status") == "completed")
            #expect(server.received.map(\.line) == ["GET /v1/status/p7"])
        }
    }

    @Test(
        "what the client's pictures have caused ends the item",
        arguments: [
            ("PoseError", "pose_error"), ("ThirdPartyError", "third_party_error"),
            ("ContentModerationError", "content_moderation_error"),
        ])
    static func failsForTheClient(_ name: String, _ code: String) async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _ in Self.failed(name) }
            let id = try tests.accept()
            try await tests.runNext(tests.fashn(server.url))
            #expect(try tests.view(id).string("items.0.error.code") == code)
            #expect(tests.refunds == "1" && server.count("POST") == 1)
        }
    }

    @Test("after a failure of the API, and when it has forgotten a prediction, another one is begun")
    static func begunAgain() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { number in
                switch number {
                case 1: Self.failed("PipelineError")
                case 2: Answer(.notFound, #"{"error":"NotFound","message":"gone"}"#)
                default: Self.completed
                }
            }
            let id = try tests.accept()
            let renderer = tests.fashn(server.url)
            for attempts in ["1", "2"] {
                try await tests.runNext(renderer)
                #expect(tests.attempts == attempts)
                #expect(tests.bench.stack.sql("SELECT prediction_id FROM cart_tryon_items") == "NULL")
            }
            try await tests.runNext(renderer)
            #expect(try tests.view(id).string("status") == "completed")
            #expect(server.count("POST") == 3)
        }
    }

    @Test(
        "an account without credits, a wrong key, too many requests and a failing API make the session wait without an attempt",
        arguments: [
            (HTTPStatus.tooManyRequests, "OutOfCredits"), (.tooManyRequests, "RateLimitExceeded"),
            (.unauthorized, "UnauthorizedAccess"), (.internalServerError, "InternalServerError"),
        ])
    static func waits(_ status: HTTPStatus, _ name: String) async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server(
                run: {
                    $0 == 1 ? Answer(status, #"{"error":"\#(name)","message":"m"}"#) : Answer(.ok, #"{"id":"p1"}"#)
                },
                status: { _ in Self.completed })
            let id = try tests.accept()
            let renderer = tests.fashn(server.url)
            try await tests.runNext(renderer)
            #expect(tests.attempts == "")
            try await tests.runNext(renderer)
            #expect(try tests.view(id).string("status") == "completed")
        }
    }

    @Test("an organisation has a renderer of its own; without one it has that of the worker")
    static func selected() async throws {
        try await ModelBench.run { bound in
            let tests = bound.value
            let server = try Self.server { _ in Self.completed }
            let scripted = ScriptedRenderer()
            func selected() -> SelectedRenderer {
                SelectedRenderer(
                    standard: .compositor, renderers: [.compositor: scripted, .fashn: tests.fashn(server.url)],
                    shares: [.model: LaneShare(jobsMax: 4, weight: 2), .fashn: LaneShare(jobsMax: 8, weight: 3)],
                    limits: tests.limits(.seconds(5)), mysql: tests.bench.mysql,
                    loop: tests.bench.loop, logger: tests.bench.logger)
            }
            let lane = tests.bench.tenant.organizationID
            func share() async -> LaneShare {
                let renderer = selected()
                #expect(renderer.share(of: lane) == LaneShare())
                await renderer.learn([lane, "no organisation"])
                return renderer.share(of: lane)
            }
            let first = try tests.accept()
            try await tests.runNext(selected())
            #expect(try tests.view(first).string("status") == "completed" && scripted.rendered.count == 1)
            #expect(await share() == LaneShare())
            // One whose settings this worker has, and one whose settings it does not have.
            for (renderer, status) in [("fashn", "completed"), ("model", "processing")] {
                _ = tests.bench.stack.sql("UPDATE organizations SET renderer = '\(renderer)'")
                let id = try tests.accept()
                try await tests.runNext(selected())
                #expect(try tests.view(id).string("status") == status)
                // Of a renderer that the worker does not have, one session at a time waits.
                let known = renderer == "fashn"
                #expect(await share() == LaneShare(jobsMax: known ? 8 : 1, weight: known ? 3 : 1))
            }
            #expect(server.count("POST") == 1 && scripted.rendered.count == 1)
        }
    }
}
