internal import Platform

/// The metrics of a worker process, in addition to those of every daemon.
final class WorkerTelemetry: Sendable {
    let sessionsClaimed = Counter()
    let sessionsCharged = Counter()
    let sessionsReleased = Counter()
    let sessionsFenced = Counter()
    let sessionsBuried = Counter()
    let transactionsRepeated = Counter()
    let jobsReaped = Counter()
    let reconciler = ReconcilerTelemetry()
    let deadLetters = Counter()
    let heldWeight = Gauge()
    let eventsClaimed = Counter()
    let eventsWritten = Counter()
    let heldEvents = Gauge()
    let deliveriesClaimed = Counter()
    let heldDeliveries = Gauge()
    let deliveries = DeliveryTelemetry()
    let sessions = SessionTelemetry()
    let retention = RetentionTelemetry()
    let queues = QueueTelemetry()
    let models = ModelTelemetry()

    /// Appends the metric families.
    func write(to text: inout MetricsText) {
        for (name, help, counter) in [
            ("sessions_claimed", "Sessions taken from a queue.", sessionsClaimed),
            ("sessions_charged", "Sessions charged, or taken over as charged.", sessionsCharged),
            ("sessions_given_back", "Sessions released to their lane.", sessionsReleased),
            ("sessions_fenced", "Sessions that another worker had taken over.", sessionsFenced),
            ("sessions_buried", "Sessions moved to the burial queue.", sessionsBuried),
            ("session_transactions_repeated", "Groups rolled back, and run again with locks.", transactionsRepeated),
            ("dead_letters", "Jobs that no handler can process, kept for an operator.", deadLetters),
            ("jobs_reaped", "Jobs taken from dead workers.", jobsReaped),
            ("client_events_claimed", "Events of clients taken from a queue.", eventsClaimed),
            ("client_events_written", "Events of clients written with their deliveries.", eventsWritten),
            ("deliveries_claimed", "Webhook deliveries taken from a queue.", deliveriesClaimed),
        ] {
            text.single("drape_\(name)_total", .counter, help, counter.value)
        }
        text.single("drape_held_weight", .gauge, "Weight of the sessions that this worker holds.", heldWeight.value)
        text.single("drape_held_deliveries", .gauge, "Deliveries that this worker holds.", heldDeliveries.value)
        text.single("drape_held_client_events", .gauge, "Events of clients that this worker holds.", heldEvents.value)
        reconciler.write(to: &text)
        retention.write(to: &text)
        queues.write(to: &text)
        sessions.write(to: &text)
        deliveries.write(to: &text)
        models.write(to: &text)
    }
}
