internal import Domain
internal import Foundation
internal import Platform

/// One run through the public API, from an organisation to pictures, a charge and a verified webhook.
final class Demonstration {
    private let loop: EventLoop
    private let client: DemoClient
    private let admin: String
    private let samples: String
    private let output: String
    private let receiver = DemoReceiver()

    init(loop: EventLoop, url: String, token: String, samples: String, output: String) {
        self.loop = loop
        client = DemoClient(loop: loop, url: url)
        admin = "Authorization: Bearer \(token)"
        self.samples = samples
        self.output = output
    }

    /// Runs all steps; returns the failure, or nil.
    func run() async -> String? {
        do {
            let port = try listen()
            try await walk(webhookPort: port)
            return nil
        } catch let failure as DemoClient.Failure {
            return failure.text
        } catch {
            return "\(error)"
        }
    }

    private func listen() throws -> UInt16 {
        let listener = SharedListener(try ListenerHandle(address: .loopback, port: 0))
        let server = HTTPServer(
            loop: loop, listener: listener, responder: receiver, limits: HTTPLimits(), defaultFields: [],
            statistics: HTTPStatistics(), spoolDirectory: "/tmp")
        let bound = LoopBound(server, on: loop)
        _ = Task(executorPreference: loop) {
            do throws(SystemError) {
                try await bound.value.run()
            } catch {
                print("The receiver failed: \(error)")
            }
        }
        return listener.handle.port
    }

    private func walk(webhookPort: UInt16) async throws {
        print("An organisation, its credits, and a key:")
        let organization = try await client.post(
            "/api/organizations", admin, #"{"name":"Demo shop","billingEmail":"shop@example.com","plan":"growth"}"#)
        let id = text(organization, "id")
        _ = try await client.post("/api/organizations/\(id)/credits", admin, #"{"amount":100,"reference":"demo"}"#)
        let made = try await client.post(
            "/api/organizations/\(id)/api-keys", admin, #"{"name":"demo","scopes":["all"],"environment":"live"}"#)
        let key = "X-API-Key: \(text(made, "key"))"
        print("A customer with a photograph, and two garments:")
        _ = try await client.post("/api/v1/customers", key, #"{"externalId":"shopper-42"}"#)
        _ = try await client.send("/api/v1/customers/shopper-42/photos", key, "image/png", try sample("person.png"))
        let tee = try await client.send("/api/v1/garments?category=top", key, "image/png", try sample("tee.png"))
        let hat = try await client.send("/api/v1/garments?category=headwear", key, "image/png", try sample("hat.png"))
        print("A webhook, received by this program:")
        let hook = try await client.post(
            "/api/v1/webhooks", key, #"{"url":"http://127.0.0.1:\#(webhookPort)/hook","events":["*"]}"#)
        print("A cart try-on of two items at HD:")
        let before = try await client.get("/api/v1/credits", key)
        let accepted = try await client.post(
            "/api/v1/cart-tryons", key,
            #"""
            {"customerId":"shopper-42","cartId":"cart-1001","quality":"HD","items":[\#
            {"sku":"TEE-1","garmentId":"\#(text(tee, "id"))"},{"sku":"HAT-9","garmentId":"\#(text(hat, "id"))"}]}
            """#)
        let session = try await wait(for: text(accepted, "id"), key)
        let webhook = try await webhook()
        let after = try await client.get("/api/v1/credits", key)
        try report(hook, webhook, before, after)
        try await save(session)
    }

    // MARK: Steps

    private func wait(for id: String, _ key: String) async throws -> [String: JSONNode] {
        for _ in 0..<600 {
            let session = try await client.get("/api/v1/cart-tryons/\(id)", key, isShown: false)
            if SessionStatus(rawValue: text(session, "status"))?.isTerminal == true {
                print("  GET /api/v1/cart-tryons/\(id) → \(text(session, "status"))")
                return session
            }
            await loop.sleep(for: .milliseconds(100))
        }
        throw DemoClient.Failure(text: "the session \(id) did not end within a minute: is a worker running?")
    }

    private func webhook() async throws -> DemoReceiver.Received {
        for _ in 0..<300 {
            if let received = receiver.received.first { return received }
            await loop.sleep(for: .milliseconds(100))
        }
        throw DemoClient.Failure(text: "no webhook came within half a minute")
    }

    /// Checks the price of the session and the signature of the webhook, which must fail for a changed body.
    private func report(
        _ hook: [String: JSONNode], _ webhook: DemoReceiver.Received, _ before: [String: JSONNode],
        _ after: [String: JSONNode]
    ) throws {
        func signature(_ body: [UInt8]) -> String {
            WebhookSignature.standard(
                secret: text(hook, "secret"), id: webhook.id, timestamp: webhook.timestamp, body: body)
        }
        var changed = webhook.body
        changed[0] ^= 1
        guard signature(webhook.body) == webhook.signature, signature(changed) != webhook.signature else {
            throw DemoClient.Failure(text: "the webhook's signature does not hold")
        }
        let (was, now) = (before["balance"]?.integer ?? 0, after["balance"]?.integer ?? 0)
        print("The webhook \(webhook.id) came with a signature that verifies; one changed bit does not.")
        print("Credits: \(was) before, \(now) after.")
        if was - now != 4 { throw DemoClient.Failure(text: "two items at HD cost 4 credits, not \(was - now)") }
    }

    private func save(_ session: [String: JSONNode]) async throws {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        for item in session["items"]?.elements ?? [] {
            let members = Dictionary((item.members ?? []).map { ($0.name, $0.value) }) { first, _ in first }
            let path = "\(output)/\(text(members, "sku")).jpg"
            let picture = try await client.download(text(members, "resultUrl"))
            try Data(picture).write(to: URL(filePath: path))
            print("Picture: \(path)")
        }
    }

    private func sample(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(samples)/\(name)")))
    }

    private func text(_ members: [String: JSONNode], _ name: String) -> String { members[name]?.string ?? "" }
}
