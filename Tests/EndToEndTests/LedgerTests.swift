import Foundation
import TestKit
import Testing

/// The credit ledger as its owner and an operator see it.
@Suite("The ledger")
struct LedgerTests {
    private let stack: TestStack
    private let tenant: TestTenant
    private let worker: TestWorker

    init() throws {
        stack = try TestStack(environment: TestStack.open)
        tenant = try stack.makeTenant(credits: 10)
        worker = try stack.startWorker()
    }

    private func complete(items: Int = 2) async throws -> String {
        let garment = try tenant.addCatalogue(customer: "c\(UInt32.random(in: 0...UInt32.max))").garment
        let customer = stack.sql("SELECT external_id FROM external_customers ORDER BY id DESC LIMIT 1")
        let id = try tenant.tryOn([String](repeating: garment, count: items), customer: customer).string("id")
        try await tenant.waitForEnd(id)
        return id
    }

    private func control(_ words: String...) -> (code: Int32, output: String) {
        Shell.status("\(TestPlace.products)/drapectl", words, environment: stack.environment)
    }

    @Test("entries are listed newest first, page by page, and by session, kind and time")
    func list() async throws {
        let first = try await complete()
        let second = try await complete(items: 1)
        let client = tenant.client
        let all = try client.get("/api/v1/credits/ledger")
        #expect(all.status == 200)
        #expect(all.text.ranges(of: #""kind":""#).count == 3)
        let page = try client.get("/api/v1/credits/ledger?limit=2")
        #expect(page.string("nextCursor") != "" && page.text.contains(second))
        let rest = try client.get("/api/v1/credits/ledger?limit=2&cursor=\(page.string("nextCursor"))")
        #expect(rest.text.contains(#""kind":"grant""#) && rest.text.contains(#""hasMore":false"#))
        #expect(try client.get("/api/v1/credits/ledger?sessionId=\(first)").text.contains(#""amount":-2"#))
        #expect(!(try client.get("/api/v1/credits/ledger?kind=grant").text.contains("charge:")))
        #expect(try client.get("/api/v1/credits/ledger?since=2099-01-01T00:00:00Z").text.contains(#""data":[]"#))
        for query in ["kind=gift", "since=yesterday", "cursor=x", "limit=0", "colour=red"] {
            #expect(try client.get("/api/v1/credits/ledger?\(query)").status == 400, "\(query)")
        }
        let stranger = try stack.makeTenant(credits: 0)
        #expect(try stranger.client.get("/api/v1/credits/ledger").text.contains(#""data":[]"#))
    }

    @Test("a statement is CSV with the balance after each entry")
    func statement() async throws {
        let id = try await complete()
        let answer = try tenant.client.get("/api/v1/credits/statement")
        #expect(answer.status == 200)
        let lines = answer.text.split(separator: "\r\n").filter { $0.contains(",") }
        #expect(lines.first == "time,kind,amount,balance,reference,session,item")
        #expect(lines.contains { $0.contains(",grant,10,10,grant:first,,") })
        #expect(lines.contains { $0.contains(",charge,-2,8,charge:\(id),\(id),") })
    }

    @Test("a statement of more rows than one page has each of them once, and the right balance at its end")
    func long() throws {
        _ = stack.sql(
            """
            INSERT INTO credit_ledger (organization_id, reference, kind, amount, created_at)
            SELECT '\(tenant.organizationID)', CONCAT('grant:', seq), 'grant', seq, NOW(3) FROM seq_1_to_2500
            """)
        _ = stack.sql("UPDATE organizations SET credits = (SELECT SUM(amount) FROM credit_ledger)")
        let answer = try tenant.client.get("/api/v1/credits/statement")
        // With the heads and ends of the chunks.
        let lines = answer.text.split(separator: "\r\n").filter { $0.contains(",grant,") }
        #expect(lines.count == 2_501 && Set(lines).count == 2_501)
        #expect(lines.last?.contains(",grant,2500,\(10 + 2_500 * 2_501 / 2),") == true)
    }

    @Test("a statement of a part has the balance before it, and quotes what would break its lines")
    func part() async throws {
        let path = "/api/organizations/\(tenant.organizationID)/credits"
        #expect(try tenant.admin.post(path, #"{"amount":5,"reference":"x\n=1+1, \"y\""}"#).status == 201)
        _ = try await complete()
        _ = stack.sql(
            "UPDATE credit_ledger SET created_at = created_at - INTERVAL 3 DAY WHERE kind = 'grant' AND amount = 10")
        let now = stack.sql("SELECT DATE_FORMAT(NOW() - INTERVAL 1 DAY, '%Y-%m-%dT%TZ')")
        let text = try tenant.client.get("/api/v1/credits/statement?since=\(now)").text
        #expect(text.contains(",grant,5,15,"))
        #expect(text.contains("\"grant:x\n=1+1, \"\"y\"\"\""))
        #expect(!text.contains(",grant,10,"))
        let before = try tenant.client.get("/api/v1/credits/statement?until=\(now)").text
        #expect(before.contains(",grant,10,10,") && !before.contains("charge"))
        #expect(try tenant.client.get("/api/v1/credits/ledger?kind=grant&until=\(now)").text.contains(#""amount":10"#))
    }

    @Test("the items of a session that has not ended cannot be refunded by an operator")
    func refundOfOpen() async throws {
        let id = try await complete()
        _ = stack.sql("UPDATE cart_tryon_sessions SET status = 'processing'")
        let item = stack.sql("SELECT id FROM cart_tryon_items ORDER BY position LIMIT 1")
        for target in [id, item] { #expect(control("credits", "refund", target).output == "nothing is left to refund") }
        #expect(stack.sql("SELECT COUNT(*) FROM credit_ledger WHERE kind = 'refund'") == "0")
    }

    @Test("an operator refunds an item once, and the rest of its session once; the books stay right")
    func refund() async throws {
        let receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url(), #""credits.refunded""#).status == 201)
        let id = try await complete()
        let item = stack.sql("SELECT id FROM cart_tryon_items ORDER BY position LIMIT 1")
        let refunded = control("credits", "refund", item, "--json")
        #expect(refunded.code == 0)
        #expect(refunded.output == #"[{"item":"\#(item)","refunded":1,"balance":9}]"#)
        #expect(try tenant.client.get("/api/v1/credits").integer("balance") == 9)
        #expect(control("credits", "refund", item).output == "nothing is left to refund")
        #expect(control("credits", "refund", id).code == 0)
        #expect(try tenant.client.get("/api/v1/credits").integer("available") == 10)
        #expect(control("audit").output == "every rule holds")
        #expect(control("credits", "refund", "cts_nothing").code == 1)
        #expect(control("credits", "spend", id).code == 64)
        #expect(control("reconcile").code == 0)
        try await poll("the events") { receiver.received.count == 2 }
        let body = try #require(receiver.received.first).body
        #expect(String(decoding: body, as: UTF8.self).contains(#""amount":1"#))
    }

    @Test("a balance that falls below its threshold, or to nothing, is reported once for each time")
    func crossings() async throws {
        let receiver = try TestReceiver()
        #expect(try tenant.hook(receiver.url(), #""credits.low","credits.depleted""#).status == 201)
        let path = "/api/organizations/\(tenant.organizationID)"
        #expect(
            try tenant.admin.send("PATCH", path, json: #"{"lowCreditsThreshold":8}"#).integer("lowCreditsThreshold")
                == 8)
        _ = try await complete(items: 2)
        #expect(stack.sql("SELECT COUNT(*) FROM webhook_events WHERE type LIKE 'credits.%'") == "0")
        _ = try await complete(items: 1)
        _ = try await complete(items: 1)
        #expect(stack.sql("SELECT GROUP_CONCAT(type) FROM webhook_events WHERE type LIKE 'credits.%'") == "credits.low")
        _ = try await complete(items: 6)
        _ = try tenant.admin.post("\(path)/credits", #"{"amount":20,"reference":"more"}"#)
        _ = try await complete(items: 9)
        _ = try await complete(items: 9)
        try await poll("the events") { receiver.received.count == 3 }
        let types = receiver.received.map { $0.fields["x-webhook-event"] ?? "" }.sorted()
        #expect(types == ["credits.depleted", "credits.low", "credits.low"])
        #expect(try tenant.admin.send("PATCH", path, json: #"{"lowCreditsThreshold":null}"#).text.contains(":null"))
        #expect(try tenant.admin.send("PATCH", path, json: #"{"lowCreditsThreshold":0}"#).status == 400)
    }
}
