package import Platform

/// An event that is written if an endpoint subscribes to it.
package struct OutgoingEvent {
    /// Nil: a new one.
    package var id: EventID?
    package let organizationID: OrganizationID
    package let environment: TenantEnvironment
    /// What has one event of each type: a session, an item, a key, or the event itself.
    package let subjectID: String
    package let type: String
    package let requestID: String
    package let traceparent: String?
    /// Writes the members of `data`.
    package let writeData: (inout JSONWriter) -> Void

    package init(
        id: EventID? = nil, organizationID: OrganizationID, environment: TenantEnvironment, subjectID: String,
        type: String, requestID: String = "", traceparent: String? = nil, data: @escaping (inout JSONWriter) -> Void
    ) {
        self.id = id
        self.organizationID = organizationID
        self.environment = environment
        self.subjectID = subjectID
        self.type = type
        self.requestID = requestID
        self.traceparent = traceparent
        writeData = data
    }
}
