/// What the connections of a process to Redis count together.
package final class RedisStatistics: Sendable {
    package let commands = Counter()
    package let reconnects = Counter()
    package let timeouts = Counter()

    package init() {}
}
