/// A queue: its name, where its jobs are kept, and which fields a job of it carries.
///
/// Each kind of job declares its own in an extension.
package struct QueueName: Hashable, Sendable {
    /// The name in keys, messages and logs.
    package let text: String
    /// The first word of the names of its jobs; two queues may share jobs.
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
    /// Sessions that crashed their workers and are to be failed; a lane is an organisation.
    package static let burial = QueueName("burial", jobPrefix: "session", payloadFields: ["body", "photo"])
    /// Deliveries of events; a lane is an endpoint.
    package static let webhooks = QueueName("webhooks", jobPrefix: "delivery")
}
