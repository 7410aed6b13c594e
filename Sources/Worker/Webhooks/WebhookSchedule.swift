/// The retry schedule of failed deliveries.
enum WebhookSchedule {
    private static let waits: [Duration] = [
        .seconds(5), .seconds(300), .seconds(1_800), .seconds(7_200), .seconds(18_000), .seconds(36_000),
        .seconds(50_400), .seconds(72_000), .seconds(86_400),
    ]
    static let attemptsMax = waits.count + 1
    static let retryAfterMax = Duration.seconds(3_600)

    /// The wait after this many attempts; nil after the last one.
    ///
    /// `jitter` is from 0.8 to 1.2. `retryAfter`, which the endpoint asks for, is limited to one hour.
    static func wait(afterAttempts attempts: Int, jitter: Double, retryAfter: Duration?) -> Duration? {
        guard (1...waits.count).contains(attempts) else { return nil }
        let planned = waits[attempts - 1] * jitter
        return max(planned, min(retryAfter ?? .zero, retryAfterMax))
    }
}
