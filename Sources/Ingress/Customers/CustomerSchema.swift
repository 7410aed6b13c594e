internal import Domain

/// The fields of a customer.
enum CustomerSchema {
    static let externalID = Field<String>.string(
        "externalId", 1...128, isRequired: true,
        "The shop's own id of the customer, compared exactly: case and spaces count.", example: "\"shopper-42\"")
    static let email = Field<String>.email("email", isNullable: true)
    static let phone = Field<String>.string(
        "phone", 1...40, isNullable: true, "A telephone number, kept as it is given.", example: "\"+49 30 1234\"")
    static let name = Field<String>.string(
        "name", 1...200, isNullable: true, "The customer's name.", example: "\"Alexis Doe\"")
    static let metadata = Field<[UInt8]>.metadata("metadata")

    private static let contact = [email.schema, phone.schema, name.schema, metadata.schema]
    static let create = ObjectSchema("CustomerCreate", [externalID.schema] + contact)
    static let change = ObjectSchema("CustomerChange", contact)
    static let view = ObjectSchema(
        "Customer",
        [.id("id", CustomerID.self, "The customer's id."), externalID.schema] + contact + [.createdAt, .updatedAt])
}
