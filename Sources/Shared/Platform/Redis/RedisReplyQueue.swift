/// The replies that a connection waits for; they come in order.
struct RedisReplyQueue {
    private var replies: [RedisPendingReply] = []
    private var first = 0

    /// Whether no command was sent since the last `removeAll` or `compact`.
    var isEmpty: Bool { replies.isEmpty }

    /// Whether a reply is expected.
    var isWaiting: Bool {
        mutating get {
            while first < replies.count, replies[first].isFinished { first += 1 }
            return first < replies.count
        }
    }

    /// Whether the oldest reply is late; replies come in order, so checking it is enough.
    var isLate: Bool {
        mutating get { isWaiting && replies[first].deadline <= .now }
    }

    mutating func append(_ reply: RedisPendingReply) {
        replies.append(reply)
    }

    /// Removes what has come, if that is worth its cost.
    mutating func compact() {
        guard first > 1_024 || first == replies.count else { return }
        replies.removeFirst(first)
        first = 0
    }

    mutating func removeAll() {
        replies.removeAll()
        first = 0
    }
}
