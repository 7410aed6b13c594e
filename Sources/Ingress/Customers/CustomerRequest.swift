/// A customer as a client describes it.
struct CustomerRequest: Sendable {
    var externalID: String
    var email: Change<String>
    var phone: Change<String>
    var name: Change<String>
    var metadata: Change<[UInt8]>

    /// Reads a new customer, or a change of one.
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
