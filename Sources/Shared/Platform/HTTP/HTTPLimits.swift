/// The bounds of one HTTP listener.
package struct HTTPLimits: Sendable {
    package var requestLineBytesMax = 8_192
    package var fieldsBytesMax = 16_384
    package var fieldsMax = 100
    /// The size line of a chunk, with its extensions.
    package var chunkLineBytesMax = 256
    package var trailersBytesMax = 8_192
    /// Larger bodies are written to a temporary file while they arrive.
    package var bodyInMemoryBytesMax = 65_536
    /// Total size of these files in a process.
    package var spoolBytesMax = 1 << 30
    /// Total over all loops of a process.
    package var connectionsMax = 10_000
    /// Bytes that one connection may read before it yields to the others of its loop.
    package var bytesPerTurnMax = 262_144
    package var requestsPerTurnMax = 16
    /// From the first byte of a request to the end of its header section.
    package var headTimeout = Duration.seconds(10)
    /// Fixed part of the body time-out; the length divided by `bodyBytesPerSecondMin` is added.
    package var bodyTimeout = Duration.seconds(20)
    package var bodyBytesPerSecondMin = 65_536
    package var idleTimeout = Duration.seconds(75)
    /// The idle time-out when nine tenths of `connectionsMax` are in use, and in a drain.
    package var idleTimeoutUnderPressure = Duration.seconds(2)
    /// Maximum time without progress in writing a response.
    package var writeTimeout = Duration.seconds(30)
    /// A client that reads a response slower than this, after `writeTimeout`, is disconnected.
    package var responseBytesPerSecondMin = 4_096
    /// How long input is discarded after the last response, so that a connection reset does not lose that response.
    package var lingerTimeout = Duration.seconds(2)

    package init() {}
}
