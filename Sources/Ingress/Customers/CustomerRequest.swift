/// The body of a request that creates or changes a customer.
struct CustomerRequest: Sendable {
    var externalID: String
    var email: Change<String>
    var phone: Change<String>
    var name: Change<String>
    var metadata: Change<[UInt8]>

    /// Reads the body.
    init?(_ reader: inout ObjectReader, isNew: Bool) {
        let externalID = isNew ? reader.read(CustomerSchema.externalID) : ""
        email = reader.change(CustomerSchema.email)
        phone = reader.change(CustomerSchema.phone)
        name = reader.change(CustomerSchema.name)
        metadata = reader.change(CustomerSchema.metadata)
        guard let externalID else { return nil }
        self.externalID = externalID
    }
}
