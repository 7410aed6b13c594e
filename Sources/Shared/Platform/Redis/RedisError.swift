/// Why a command has no useful reply.
package enum RedisError: Error, Hashable, Sendable {
    /// It was never sent: nothing has happened.
    case unavailable
    /// The connection was lost, or the time-out passed, behind the sending: it may have happened.
    case outcomeUnknown
    /// Redis refused it: nothing has happened.
    case refused(RedisFault)
    /// A reply of a shape that the command does not have.
    case unexpectedReply(String)
}
