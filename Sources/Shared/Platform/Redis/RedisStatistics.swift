/// The counters of all Redis connections of a process.
package final class RedisStatistics: Sendable {
    package let commands = Counter()
    package let reconnects = Counter()
    package let timeouts = Counter()

    package init() {}
}
