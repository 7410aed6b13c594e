/// The pending reply of one command that was sent.
struct RedisPendingReply {
    typealias Promise = LoopPromise<Result<RedisReply, RedisError>>

    let promise = Promise()
    let deadline: ContinuousClock.Instant
    var isFinished: Bool { promise.isFulfilled }

    init(deadline: ContinuousClock.Instant) {
        self.deadline = deadline
    }
}

extension LoopPromise<Result<RedisReply, RedisError>> {
    /// Sets the reply; nil means that the connection was lost.
    func finish(_ reply: RedisReply?) {
        switch reply {
        case nil: fulfil(.failure(.outcomeUnknown))
        case .error(let fault): fulfil(.failure(.refused(fault)))
        case .some(let reply): fulfil(.success(reply))
        }
    }
}
