internal import Shared

/// What a client says of a customer.
struct CustomerDraft: Sendable {
    var externalID: String?
    var email: Change<String>
    var phone: Change<String>
    var name: Change<String>
    var metadata: Change<[UInt8]>

    /// Reads a new customer, or a change of one; faults go to the reader.
    init?(_ reader: inout BodyReader, isNew: Bool) {
        externalID = isNew ? reader.string("externalId", 1...128, isRequired: true) : nil
        email = reader.has("email") ? .set(OrganizationHandler.email(&reader, "email")) : .keep
        phone = reader.has("phone") ? .set(reader.string("phone", 1...40)) : .keep
        name = reader.has("name") ? .set(reader.string("name", 1...200)) : .keep
        metadata = reader.has("metadata") ? .set(reader.metadata("metadata")) : .keep
    }
}
