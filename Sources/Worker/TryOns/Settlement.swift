internal import Domain
internal import Platform

/// The settlement of one organisation's account in Redis after a commit: the holds to release, and the balance.
struct Settlement {
    let organizationID: OrganizationID
    /// The newest balance that MariaDB has committed; nil if unchanged.
    var account: Account?
    var sessionIDs: [String]

    /// One settlement for each organisation.
    static func all(
        of reports: [SessionReport]
    ) -> [Settlement] {
        var found: [Settlement] = []
        for report in reports {
            guard let index = found.firstIndex(where: { $0.organizationID == report.organizationID }) else {
                found.append(
                    Settlement(
                        organizationID: report.organizationID, account: report.account, sessionIDs: [report.claim.id]))
                continue
            }
            found[index].sessionIDs.append(report.claim.id)
            if let account = report.account, account.creditsVersion > found[index].account?.creditsVersion ?? -1 {
                found[index].account = account
            }
        }
        return found
    }

    /// `settle_all(first_key, first, count)`: settles accounts, and tells the watchers of their sessions; returns the
    /// positions of the next key and argument.
    ///
    /// For each account `KEYS` has its credits and its holds, and `ARGV` its balance (or empty), its credits version, the
    /// number of its sessions, and their ids. It uses `settle` and `notify`.
    static let lua = """
        local function settle_all(watchers, key, at, count)
          for _ = 1, count do
            local last = at + 2 + tonumber(ARGV[at + 2])
            local ids = {unpack(ARGV, at + 3, last)}
            settle(KEYS[key], KEYS[key + 1], ARGV[at], ARGV[at + 1], ids)
            notify(watchers, ids)
            key, at = key + 2, last + 1
          end
          return key, at
        end
        """

    func writeKeys(_ names: RedisKeys, to command: inout RedisCommand) {
        command.append(names.credits(organizationID))
        command.append(names.holds(organizationID))
    }

    func writeArguments(to command: inout RedisCommand) {
        if let account {
            command.append(account.balanceCredits)
            command.append(account.creditsVersion)
        } else {
            command.append("")
            command.append("")
        }
        command.append(Int64(sessionIDs.count))
        for id in sessionIDs { command.append(id) }
    }
}
