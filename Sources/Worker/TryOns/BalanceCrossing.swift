internal import Domain

/// A balance that has fallen below a bound in a transaction: it is reported once for each time.
struct BalanceCrossing {
    let kind: EventName
    let account: Account

    /// The bounds that the balance of an account has crossed.
    static func all(from before: Int64, _ account: Account) -> [BalanceCrossing] {
        var crossings: [BalanceCrossing] = []
        if let threshold = account.lowCreditsThreshold, before >= threshold, account.balanceCredits < threshold {
            crossings.append(BalanceCrossing(kind: .creditsLow, account: account))
        }
        if before > 0, account.balanceCredits <= 0 {
            crossings.append(BalanceCrossing(kind: .creditsDepleted, account: account))
        }
        return crossings
    }
}
