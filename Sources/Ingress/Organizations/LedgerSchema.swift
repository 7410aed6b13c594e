internal import Domain

/// The fields of the ledger.
enum LedgerSchema {
    static let session = FieldSchema(
        "sessionId", .string(1...64, format: .id), "Entries of this session.", example: "\"cts_…\"")
    static let kind = FieldSchema(
        "kind", .choice(LedgerEntry.Kind.allCases.map(\.rawValue)), "Entries of this kind.", example: "\"charge\"")
    static let since = FieldSchema(
        "since", .string(1...40, format: .dateTime), "Entries from this time on.", example: "\"2026-11-01T00:00:00Z\"")
    static let until = FieldSchema(
        "until", .string(1...40, format: .dateTime), "Entries before this time.", example: "\"2026-12-01T00:00:00Z\"")
    static let query = PageSchema.query + [session, kind, since, until]
    static let period = [since, until]

    static let entry = ObjectSchema(
        "LedgerEntry",
        [
            .text("id", "The number of the entry.", example: "\"42\""),
            FieldSchema(
                "kind", .choice(LedgerEntry.Kind.allCases.map(\.rawValue)), isRequired: true, "What it is.",
                example: "\"charge\""),
            FieldSchema(
                "amount", .integer(-1_000_000_000...1_000_000_000), isRequired: true,
                "Credits; negative for a charge.", example: "-4"),
            .text("reference", "What it was made for; it is unique.", example: "\"charge:cts_…\""),
            .text("sessionId", isNullable: true, "The session.", example: "\"cts_…\""),
            .text("itemId", isNullable: true, "The item.", example: "\"itm_…\""), .createdAt,
        ])
}
