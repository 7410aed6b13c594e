package import Platform

/// The names of Redis's keys, and the connection for each hash slot.
///
/// Every call names the slot of its keys. Today one server has all slots; support for a cluster or a sentinel would
/// change this type and no caller. It belongs to one event loop.
package final class RedisStore {
    package let keys: RedisKeys
    private let connection: RedisConnection

    package init(connection: RedisConnection, keys: RedisKeys) {
        self.connection = connection
        self.keys = keys
    }

    /// Whether the connection is up.
    package var isReady: Bool { connection.isReady }

    package func start() {
        connection.start()
    }

    package func close() {
        connection.close()
    }

    /// Sends a command whose keys are all in one slot.
    /// - Throws: see `RedisConnection.send`.
    package func send(_ command: consuming RedisCommand, to slot: RedisSlot) async throws(RedisError) -> RedisReply {
        try await connection(for: slot).send(command)
    }

    /// Runs a script whose keys are all in one slot.
    /// - Throws: see `RedisConnection.send`.
    package func run(
        _ script: RedisScript, in slot: RedisSlot, keys: [String], _ arguments: (inout RedisCommand) -> Void
    ) async throws(RedisError) -> RedisReply {
        try await run(script, in: slot, keyCount: keys.count) { command in
            for key in keys { command.append(key) }
            arguments(&command)
        }
    }

    /// Runs a script; `keysAndArguments` writes `keyCount` keys of one slot, then the arguments.
    /// - Throws: see `RedisConnection.send`.
    package func run(
        _ script: RedisScript, in slot: RedisSlot, keyCount: Int,
        _ keysAndArguments: (inout RedisCommand) -> Void
    ) async throws(RedisError) -> RedisReply {
        try await connection(for: slot).run(script, keyCount: keyCount, keysAndArguments)
    }

    private func connection(for slot: RedisSlot) -> RedisConnection { connection }
}
