package import Platform

/// The names of Redis's keys, and the connections: one for the commands of each hash slot, and one for messages.
///
/// Every call names the slot of its keys. Today one server has all slots; support for a cluster or a sentinel would
/// change this type and no caller. It belongs to one event loop.
package final class RedisStore {
    package let keys: RedisKeys
    private let connect: () -> RedisConnection
    private let connection: RedisConnection
    /// The connection of a subscription; it takes no commands.
    private var subscription: RedisConnection?
    private static let missedMessagesMax = 2
    /// Messages that were published since the last one arrived.
    private var expectedMessages = 0

    /// - Parameters:
    ///   - keys: the names of the keys.
    ///   - connect: makes a connection that is not started.
    package init(keys: RedisKeys, connect: @escaping () -> RedisConnection) {
        self.keys = keys
        self.connect = connect
        connection = connect()
    }

    /// Whether commands can be sent.
    package var isReady: Bool { connection.isReady }

    /// Called each time commands can be sent again, before anything else is sent.
    package func onReady(_ body: @escaping () -> Void) {
        connection.onReady = body
    }

    package func start() {
        subscription?.start()
        connection.start()
    }

    /// Waits until commands can be sent, for a time at most.
    package func waitUntilReady(on loop: EventLoop, atMost limit: Duration) async {
        let end = loop.now + limit
        while !isReady, loop.now < end { await loop.sleep(for: .milliseconds(5)) }
    }

    package func close() {
        subscription?.close()
        connection.close()
    }

    /// Subscribes to a channel before `start`, and again after each lost connection.
    /// - Parameters:
    ///   - channel: the name of the channel.
    ///   - onSubscribed: called after each subscription; earlier messages may be lost.
    ///   - onMessage: called with each message.
    package func subscribe(
        _ channel: String, onSubscribed: @escaping () -> Void, onMessage: @escaping (String) -> Void
    ) {
        precondition(subscription == nil, "a store has one subscription")
        let subscription = connect()
        subscription.onReady = { [weak subscription] in subscription?.subscribe(channel) }
        subscription.onMessage = { [weak self] reply in
            self?.expectedMessages = 0
            guard let parts = reply.elements, parts.count == 3 else { return }
            if parts[0].text == "subscribe" {
                onSubscribed()
            } else if let message = parts[2].text {
                onMessage(message)
            }
        }
        self.subscription = subscription
    }

    /// Notes that a message to the subscribed channel is about to be published.
    ///
    /// The subscription is made again over a new connection if the last messages did not arrive: a connection whose other
    /// end has vanished shows no error.
    package func expectMessage() {
        if expectedMessages >= Self.missedMessagesMax {
            expectedMessages = 0
            subscription?.reconnect()
        }
        expectedMessages += 1
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
