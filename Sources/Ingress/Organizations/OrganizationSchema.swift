internal import Domain

/// The fields of an organisation, and of a grant of credits.
enum OrganizationSchema {
    /// Whether an organisation may use its keys.
    enum Status: String, CaseIterable, Sendable {
        case active, suspended
    }

    static let name = Field<String>.string(
        "name", 1...200, "The organisation's name.", example: "\"Demo shop\"")
    static let newName = Field<String>.string(
        "name", 1...200, isRequired: true, "The organisation's name.", example: "\"Demo shop\"")
    static let billingEmail = Field<String>.email("billingEmail")
    static let newBillingEmail = Field<String>.email("billingEmail", isRequired: true)
    static let plan = Field<Plan>.choice("plan", "The plan of the organisation.", example: "\"growth\"")
    static let status = Field<Status>.choice("status", "Whether its keys may be used.", example: "\"active\"")

    static let lowCredits = Field<Int64>.integer(
        "lowCreditsThreshold", 1...Grant.balanceCreditsMax, isNullable: true,
        "A balance that falls below it is reported by the event credits.low; null: it is not.", example: "1000")

    static let create = ObjectSchema("OrganizationCreate", [newName.schema, newBillingEmail.schema, plan.schema])
    static let change = ObjectSchema(
        "OrganizationChange", [name.schema, billingEmail.schema, plan.schema, status.schema, lowCredits.schema])
    static let view = ObjectSchema(
        "Organization",
        [
            .id("id", OrganizationID.self, "The organisation's id."), name.schema.inResponse,
            billingEmail.schema.inResponse, plan.schema.inResponse, status.schema.inResponse,
            .count("credits", "The balance.", example: "100"), lowCredits.schema.inResponse(isNullable: true),
            .createdAt,
            .updatedAt,
        ])

    static let amount = Field<Int64>.integer(
        "amount", 1...Grant.amountCreditsMax, isRequired: true, "Credits to add.", example: "100")
    static let reference = Field<String>.string(
        "reference", 1...128, isRequired: true, "The operator's name for the grant: it is made once for each.",
        example: "\"invoice 7\"")
    static let grant = ObjectSchema("CreditGrant", [amount.schema, reference.schema])
    static let granted = ObjectSchema(
        "CreditGranted",
        [
            .id("organizationId", OrganizationID.self, "The organisation."), reference.schema, amount.schema,
            .count("balance", "The balance after the grant.", example: "200"), .createdAt,
        ])

    static let credits = ObjectSchema(
        "Credits",
        [
            .count("balance", "The credits that the organisation has.", example: "100"),
            .count("held", "Credits held for sessions that are not charged yet.", example: "4"),
            FieldSchema(
                "available", .integer(Int64.min...Int64.max), isRequired: true,
                "The balance without the held credits; below 0 if more is held than there is.", example: "96"),
        ])
}
