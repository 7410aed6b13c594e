/// A queue: its name, the key prefix of its jobs, and the payload fields of a job.
package struct QueueName: Hashable, Sendable {
    /// The name in keys, messages and logs.
    package let text: String
    /// The first word of its jobs' keys; two queues may share jobs.
    package let jobPrefix: String
    /// The fields of a job's hash that belong to its kind, in the order of a payload.
    package let payloadFields: [String]

    package init(_ text: String, jobPrefix: String, payloadFields: [String] = ["body"]) {
        self.text = text
        self.jobPrefix = jobPrefix
        self.payloadFields = payloadFields
    }

    /// Cart try-ons; a lane is an organisation.
    package static let sessions = QueueName("sessions", jobPrefix: "session", payloadFields: ["body", "photo"])
    /// Sessions that crashed their workers and must be buried; a lane is an organisation.
    package static let burial = QueueName("burial", jobPrefix: "session", payloadFields: ["body", "photo"])
    /// Webhook deliveries; a lane is an endpoint.
    package static let webhooks = QueueName("webhooks", jobPrefix: "delivery")
    /// Events of clients, which are written with their deliveries; a lane is an organisation.
    package static let events = QueueName("events", jobPrefix: "event")

    /// Every queue.
    package static let all = [sessions, burial, webhooks, events]
}
