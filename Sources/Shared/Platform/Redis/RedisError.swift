/// The reason why a command has no usable reply.
package enum RedisError: Error, Hashable, Sendable {
    /// The command was not sent, so it did not run.
    case unavailable
    /// The connection was lost or the time-out expired after the command was sent; it may have run.
    case outcomeUnknown
    /// Redis replied with an error: a command had no effect; a script may have run in part.
    case refused(RedisFault)
    /// The reply does not have the form that the command requires.
    case unexpectedReply(String)
}
