/// The pending reply of one command that was sent.
final class RedisPendingReply {
    let promise = LoopPromise<Result<RedisReply, RedisError>>()
    let deadline: ContinuousClock.Instant
    var isFinished: Bool { promise.isFulfilled }

    init(deadline: ContinuousClock.Instant) {
        self.deadline = deadline
    }

    /// Sets the reply; nil means that the connection was lost.
    func finish(_ reply: RedisReply?) {
        switch reply {
        case nil: promise.fulfil(.failure(.outcomeUnknown))
        case .error(let fault): promise.fulfil(.failure(.refused(fault)))
        case .some(let reply): promise.fulfil(.success(reply))
        }
    }
}
