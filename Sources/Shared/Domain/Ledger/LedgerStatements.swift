package import Platform

/// Statements on the credit ledger.
package enum LedgerStatements {
    /// The unique key on the reference refuses a second insert; a worker then retries its transaction.
    package static let insert = InsertStatement<LedgerEntry>(
        into: "credit_ledger",
        [
            ("organization_id", { .id($0.organizationID) }),
            ("reference", { .text($0.reference) }),
            ("kind", { .text($0.kind.rawValue) }),
            ("amount", { .integer($0.amountCredits) }),
            ("session_id", { .optional($0.sessionID) }),
            ("item_id", { .optional($0.itemID) }),
            ("created_at", { .time($0.createdAt) }),
        ])
}
