/// The bounds of one HTTP listener.
package struct HTTPLimits: Sendable {
    package var requestLineBytesMax = 8_192
    package var fieldsBytesMax = 16_384
    package var fieldsMax = 100
    /// A chunk's size line with its extensions.
    package var chunkLineBytesMax = 256
    package var trailersBytesMax = 8_192
    /// Bodies above this go to a temporary file while they arrive.
    package var bodyInMemoryBytesMax = 65_536
    /// Bytes of all such files of a process together.
    package var spoolBytesMax = 1 << 30
    /// Of all loops of a process together.
    package var connectionsMax = 10_000
    /// What one connection may read before the others of its loop have their turn.
    package var bytesPerTurnMax = 262_144
    package var requestsPerTurnMax = 16
    /// From a request's first byte to the end of its header section.
    package var headTimeout = Duration.seconds(10)
    /// For a body, beside what its length is granted at `bodyBytesPerSecondMin`.
    package var bodyTimeout = Duration.seconds(20)
    package var bodyBytesPerSecondMin = 65_536
    package var idleTimeout = Duration.seconds(75)
    /// The idle time-out when nine tenths of the connections are taken.
    package var idleTimeoutUnderPressure = Duration.seconds(2)
    /// Without progress on a response that the peer does not read.
    package var writeTimeout = Duration.seconds(30)
    /// How long unread input is thrown away behind a final answer, so that the answer is not reset away.
    package var lingerTimeout = Duration.seconds(2)

    package init() {}
}
