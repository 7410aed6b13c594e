/// The sizes of a batch of deletions, and of the transactions in it: as many rows as are locked for a moment.
struct RetentionBatch {
    /// After a longer lock the next transactions are smaller.
    private static let longLock = Duration.milliseconds(20)
    /// After shorter locks they are larger.
    private static let shortLock = Duration.milliseconds(4)
    /// The sizes of transactions, each of them one of `BatchSize`.
    private static let lockSizes = [4, 16, 64, 256]
    private static let transactionsPerBatch = 4
    private var lockSize = 1

    /// Rows that one transaction deletes.
    var lockedRows: Int { Self.lockSizes[lockSize] }
    /// Rows of a batch.
    var rows: Int { Self.transactionsPerBatch * lockedRows }

    /// The sizes after a batch whose longest lock was held for this time; only a full batch shows that there is room.
    func adapted(to longestLock: Duration, mayGrow: Bool) -> RetentionBatch {
        if longestLock > Self.longLock { return smaller }
        return mayGrow && longestLock < Self.shortLock ? stepped(by: 1) : self
    }

    /// The next smaller sizes.
    var smaller: RetentionBatch { stepped(by: -1) }

    private func stepped(by step: Int) -> RetentionBatch {
        var batch = self
        batch.lockSize = min(max(0, lockSize + step), Self.lockSizes.count - 1)
        return batch
    }
}
