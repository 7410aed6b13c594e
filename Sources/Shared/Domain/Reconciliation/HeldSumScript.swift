package import Platform

/// Sets the total of an organisation's holds to their sum, and returns the copy of the account.
package struct HeldSumScript {
    /// What Redis has of an account.
    package struct Copy {
        let balanceCredits: Int64
        let creditsVersion: Int64
        let authVersion: Int64
        /// The total before, and the sum of the holds.
        package let heldCredits: Int64
        package let sumCredits: Int64
    }

    /// KEYS: 1 credits, 2 holds.
    ///
    /// ARGV: 1 `1`: change nothing.
    ///
    /// Returns: {} if there is no copy; else {balance, credits version, authorisation version, held, sum}.
    static let script = RedisScript(
        """
        #!lua flags=allow-oom
        local account = redis.call('HMGET', KEYS[1], 'balance', 'version', 'authVersion', 'held')
        local sum = 0
        for _, amount in ipairs(redis.call('HVALS', KEYS[2])) do sum = sum + tonumber(amount) end
        local held = tonumber(account[4] or 0)
        if held ~= sum and ARGV[1] ~= '1' then redis.call('HSET', KEYS[1], 'held', string.format('%.0f', sum)) end
        if not account[2] and not account[4] then return {} end
        return {account[1] or '0', account[2] or '0', account[3] or '0', account[4] or '0', string.format('%.0f', sum)}
        """)

    let organizationID: OrganizationID
    let isTrial: Bool

    /// - Parameters:
    ///   - organizationID: whose account.
    ///   - isTrial: whether to change nothing.
    package init(organizationID: OrganizationID, isTrial: Bool) {
        self.organizationID = organizationID
        self.isTrial = isTrial
    }

    /// Runs the script.
    /// - Returns: nil if Redis has no copy of the account.
    package func run(_ redis: RedisStore) async throws(RedisError) -> Copy? {
        let reply = try await redis.run(
            Self.script, in: redis.keys.slot(of: organizationID),
            keys: [redis.keys.credits(organizationID), redis.keys.holds(organizationID)]
        ) { command in command.append(isTrial ? "1" : "0") }
        guard let parts = reply.elements else { throw .unexpectedReply("\(reply)") }
        let numbers = parts.compactMap(\.integer)
        if numbers.isEmpty { return nil }
        guard numbers.count == 5 else { throw .unexpectedReply("\(reply)") }
        return Copy(
            balanceCredits: numbers[0], creditsVersion: numbers[1], authVersion: numbers[2], heldCredits: numbers[3],
            sumCredits: numbers[4])
    }
}
