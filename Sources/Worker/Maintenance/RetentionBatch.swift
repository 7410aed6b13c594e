/// The sizes of a batch and of the transactions in it: as many rows as are locked for a moment.
struct RetentionBatch {
    /// With more rows a lock that took so long may take too long.
    private static let longLock = Duration.milliseconds(20)
    private static let shortLock = Duration.milliseconds(4)
    /// The sizes of transactions, each of them one of `BatchSize`.
    private static let lockSizes = [4, 16, 64, 256]
    private static let transactions = 4
    private var lockSize = 1

    /// Rows that one transaction locks.
    var lockedRows: Int { Self.lockSizes[lockSize] }
    /// Rows of a batch.
    var rows: Int { Self.transactions * lockedRows }

    /// Makes the next transactions smaller after a long lock, and larger if all locks were short.
    mutating func adapt(to longestLock: Duration) {
        if longestLock > Self.longLock { lockSize = max(0, lockSize - 1) }
        if longestLock < Self.shortLock { lockSize = min(Self.lockSizes.count - 1, lockSize + 1) }
    }
}
