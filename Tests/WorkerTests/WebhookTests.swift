import Domain
import Platform
import Testing

@testable import Worker

@Suite("Webhook bytes and times")
struct WebhookTests {
    @Test("the signature is the published vector's")
    func vector() {
        // Source: Standard Webhooks specification, reference vector of its libraries.
        #expect(
            WebhookSignature.standard(
                secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
                timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
                == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("waits follow the schedule, and end after the tenth attempt")
    func schedule() {
        let seconds = (1...10).map { attempts in
            WebhookSchedule.wait(afterAttempts: attempts, jitter: 1, retryAfter: nil).map { $0.milliseconds() / 1_000 }
        }
        #expect(seconds == [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, nil])
        #expect(WebhookSchedule.wait(afterAttempts: 1, jitter: 0.8, retryAfter: nil) == .seconds(4))
    }

    @Test("an endpoint may ask for more time, and for an hour at most")
    func retryAfter() {
        func wait(_ seconds: Int, after attempts: Int) -> Duration? {
            WebhookSchedule.wait(afterAttempts: attempts, jitter: 1, retryAfter: .seconds(seconds))
        }
        #expect(wait(60, after: 1) == .seconds(60))
        #expect(wait(60, after: 2) == .seconds(300))
        #expect(wait(999_999, after: 1) == .seconds(3_600))
    }
}
