/// Why a webhook was disabled without its owner.
package enum DisabledReason: String, Sendable, CaseIterable {
    /// Its endpoint answered 410.
    case gone
    /// Its endpoint asked for it: `webhook-delivery: disable`.
    case requested
    /// Its endpoint has failed for days.
    case failing
}
