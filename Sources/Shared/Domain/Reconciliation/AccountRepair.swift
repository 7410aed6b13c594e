internal import Platform

/// Repairs the holds and the copy of one account in Redis.
struct AccountRepair {
    private static let holdsMax = 256
    private let redis: RedisStore
    private let mysql: MySQLPool
    private let accounts: AccountCache
    private let isTrial: Bool

    init(redis: RedisStore, mysql: MySQLPool, isTrial: Bool) {
        self.redis = redis
        self.mysql = mysql
        self.isTrial = isTrial
        accounts = AccountCache(redis: redis, mysql: mysql)
    }

    /// Repairs what belongs to an account, and counts it.
    /// - Parameters:
    ///   - account: the account, as MariaDB has it.
    ///   - found: the counts.
    /// - Throws: if a store fails.
    func run(_ account: Account, _ found: inout Reconciliation) async throws(ReconciliationFailure) {
        if let threshold = account.lowCreditsThreshold, account.balanceCredits < threshold { found.lowAccounts += 1 }
        found.holdsReleased += try await releaseHolds(account.organizationID)
        let copy: HeldSumScript.Copy?
        do throws(RedisError) {
            copy = try await HeldSumScript(organizationID: account.organizationID, isTrial: isTrial).run(redis)
        } catch {
            throw .redis(error)
        }
        guard let copy else { return }
        found.heldCredits += copy.sumCredits
        if copy.heldCredits != copy.sumCredits { found.heldCorrected += 1 }
        // Without a version nobody has used the copy yet; the next request fills it.
        guard copy.creditsVersion != 0, try await differs(copy, account.organizationID) else { return }
        found.balancesCorrected += 1
        if isTrial { return }
        switch await accounts.store(account) {
        case .success: return
        case .failure(.redis(let error)): throw .redis(error)
        case .failure(.mysql(let error)): throw .mysql(error)
        // Both change at the moment, so they are in use, and the next change updates the copy.
        case .failure(.unstable): return
        }
    }

    /// Whether the copy differs from what MariaDB has now; it may have changed since the account was read.
    private func differs(
        _ copy: HeldSumScript.Copy, _ id: OrganizationID
    ) async throws(ReconciliationFailure) -> Bool {
        switch await mysql.attempt({ connection throws(MySQLError) in try Account.read(id, connection) }) {
        case .success(nil): return false
        case .success(let account?):
            return copy.creditsVersion != account.creditsVersion || copy.authVersion != account.authVersion
                || copy.balanceCredits != account.balanceCredits
        case .failure(let error): throw .mysql(error)
        }
    }

    // MARK: Holds

    private func releaseHolds(_ id: OrganizationID) async throws(ReconciliationFailure) -> Int {
        var (cursor, count) = ("0", 0)
        repeat {
            let page: RedisReply
            do throws(RedisError) {
                page = try await redis.send(
                    RedisCommand(["HSCAN", redis.keys.holds(id), cursor, "COUNT", String(Self.holdsMax)]),
                    to: redis.keys.slot(of: id))
            } catch {
                throw .redis(error)
            }
            guard let parts = page.elements, parts.count == 2, let next = parts[0].text, let fields = parts[1].elements
            else { throw .redis(.unexpectedReply("\(page)")) }
            cursor = next
            let sessions = stride(from: 0, to: fields.count, by: 2).compactMap { fields[$0].text }
            for start in stride(from: 0, to: sessions.count, by: Self.holdsMax) {
                let some = Array(sessions[start..<min(start + Self.holdsMax, sessions.count)])
                count += try await release(some, id)
            }
        } while cursor != "0"
        return count
    }

    /// Releases the holds of sessions that are unknown to Redis, charged, or ended.
    private func release(_ sessions: [String], _ id: OrganizationID) async throws(ReconciliationFailure) -> Int {
        let ids = BatchSize.padded(sessions)
        let decided: [SessionID]
        let account: Account?
        switch await mysql.attempt({ connection throws(MySQLError) -> ([SessionID], Account?) in
            let found = try connection.query(ReconcilerStatements.decided(ids.count), ids.map { .text($0) }).map {
                row in
                row.id("id", SessionID.self)
            }
            // Read after the sessions, so that the balance has their charges.
            return (found, found.isEmpty ? nil : try Account.read(id, connection))
        }) {
        case .success(let found): (decided, account) = found
        case .failure(let error): throw .mysql(error)
        }
        do throws(RedisError) {
            let orphans = try await OrphanHoldsScript(organizationID: id, sessions: sessions, isTrial: isTrial).run(
                redis)
            if !isTrial, let account {
                try await ReleaseHoldsScript(account: account, sessions: decided).run(redis)
            }
            return orphans + decided.count
        } catch {
            throw .redis(error)
        }
    }
}
