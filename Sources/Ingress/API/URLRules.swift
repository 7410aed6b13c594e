internal import Platform

/// The rules for URLs that clients give.
struct URLRules: Sendable {
    let policy: AddressPolicy
    let allowsHTTP: Bool

    /// Why a URL is refused; nil if it is allowed.
    func fault(of text: String) -> String? { policy.fault(of: text, allowsHTTP: allowsHTTP) }
}
