internal import Platform

/// Group commit: runs the work of many tasks in few transactions.
///
/// The next group forms while transactions run, and starts when one of them ends: groups are large under load, and
/// without load work starts at once.
final class GroupCommit<Input: Sendable, Output: Sendable> {
    private struct Waiting {
        let input: Input
        let promise: LoopPromise<Result<Output, MySQLError>>
    }

    private static var triesMax: Int { 6 }
    private let loop: EventLoop
    private let mysql: MySQLPool
    private let groupsMax: Int
    private let work: @Sendable ([Input], MySQLConnection) throws(MySQLError) -> [Output]
    private var waiting: [Waiting] = []
    /// Halves of groups that failed, oldest first; they alternate with new work.
    private var halves: [[Waiting]] = []
    private var lastWasHalf = false
    private var groups = 0
    private var isFlushing = false

    init(
        loop: EventLoop, mysql: MySQLPool, groupsMax: Int = 2,
        work: @escaping @Sendable ([Input], MySQLConnection) throws(MySQLError) -> [Output]
    ) {
        self.loop = loop
        self.mysql = mysql
        self.groupsMax = groupsMax
        self.work = work
    }

    /// Runs one input in a group with others, and returns its outcome.
    func run(_ input: Input) async -> Result<Output, MySQLError> {
        let promise = LoopPromise<Result<Output, MySQLError>>()
        waiting.append(Waiting(input: input, promise: promise))
        if !isFlushing {
            isFlushing = true
            loop.atTurnEnd { [self] in
                isFlushing = false
                flush()
            }
        }
        return await promise.wait()
    }

    private func flush() {
        while groups < groupsMax, let group = next() {
            groups += 1
            let bound = LoopBound((self, group), on: loop)
            _ = Task(executorPreference: loop) {
                let (commit, group) = bound.value
                await commit.perform(group)
                commit.groups -= 1
                commit.flush()
            }
        }
    }

    private func next() -> [Waiting]? {
        if !halves.isEmpty, waiting.isEmpty || !lastWasHalf {
            lastWasHalf = true
            return halves.removeFirst()
        }
        lastWasHalf = false
        if waiting.isEmpty { return nil }
        let group = Array(waiting.prefix(BatchSize.largest))
        waiting.removeFirst(group.count)
        return group
    }

    /// Runs a group until its outcome is known.
    ///
    /// After a lost lock or connection the whole transaction is retried; it reads what the failed attempt may have
    /// committed. A group is halved until the failing input is found: at once if the data is at fault, and after a
    /// second attempt if an input waits for a lock, is a duplicate, or fails for an unknown reason. Then the others go
    /// on without it.
    private func perform(_ group: [Waiting]) async {
        var backoff = Backoff(first: .milliseconds(20), most: .seconds(1))
        for attempt in 1...Self.triesMax {
            let inputs = group.map(\.input)
            let work = self.work
            let error: MySQLError
            switch await mysql.attempt({ connection throws(MySQLError) in try work(inputs, connection) }) {
            case .success(let outputs):
                for (one, output) in zip(group, outputs) { one.promise.fulfil(.success(output)) }
                return
            case .failure(let failure): error = failure
            }
            let isFinal = error.isDataFault && !error.isDuplicate
            let isStuck = isFinal || (attempt >= 2 && !error.isConnectionFault && !error.isServerWide)
            if isStuck, group.count > 1 {
                halves += [Array(group.prefix(group.count / 2)), Array(group.dropFirst(group.count / 2))]
                return
            }
            if isFinal || (isStuck && !error.isDuplicate) || attempt == Self.triesMax {
                for one in group { one.promise.fulfil(.failure(error)) }
                return
            }
            await loop.sleep(for: backoff.next())
        }
    }
}
