import Foundation
import TestKit
import Testing

/// A worker that is killed again and again while it delivers.
@Suite("Killed deliveries")
struct DeliveryKillTests {
    private static let events = 2_000
    private static let kills = 20

    @Test(
        "of 2,000 deliveries none is lost in 20 kills, and what is sent again has the same ids", .timeLimit(.minutes(4))
    )
    func killed() async throws {
        let stack = try TestStack(environment: TestStack.open)
        let tenant = try stack.makeTenant()
        let receiver = try TestReceiver()
        for number in 0..<4 {
            #expect(try tenant.hook(receiver.url("/\(number)"), "\"lane\(number).*\"").status == 201)
        }
        for batch in 0..<Self.events / 100 {
            let events = (0..<100).map { #"{"type":"lane\#($0 % 4).x","data":{"batch":\#(batch),"n":\#($0)}}"# }
            let json = #"{"events":[\#(events.joined(separator: ","))]}"#
            #expect(try tenant.client.post("/api/v1/events/batch", json).status == 202)
        }
        let slots = 64
        let worker = try stack.startWorker(["DRAPE_DELIVERY_SLOTS": "\(slots)"])
        for number in 1...Self.kills {
            let wanted = Self.events * number / (Self.kills + 2)
            try await poll("progress before kill \(number)") { receiver.received.count >= wanted }
            worker.kill()
            try worker.start()
        }
        try await poll("every delivery", within: .seconds(120)) {
            stack.sql("SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'delivered'") == "\(Self.events)"
        }
        #expect(stack.sql("SELECT COUNT(*) FROM webhook_deliveries") == "\(Self.events)")
        let received = receiver.received
        let events = Dictionary(grouping: received) { $0.fields["webhook-id"] ?? "" }
        #expect(events.count == Self.events)
        #expect(received.count - Self.events <= Self.kills * slots)
        for (id, requests) in events {
            #expect(Set(requests.map { $0.fields["x-webhook-delivery-id"] }).count == 1, "\(id)")
            #expect(Set(requests.map(\.body)).count == 1, "\(id)")
        }
        let audit = Shell.status("\(TestPlace.products)/drapectl", ["audit"], environment: stack.environment)
        #expect(audit.output == "every rule holds")
        #expect(worker.isReady)
    }
}
