internal import Domain
internal import Platform

/// Runs one script for many tasks: what they ask for in one turn of the loop, in one place, is sent together.
///
/// Most of the cost of a script is its call, and not what it does for one job.
final class ScriptBatch<Input, Output> {
    /// Runs the script once.
    /// - Returns: an output for each input, in order.
    typealias Script = (_ place: QueuePlace, _ inputs: [Input]) async throws(RedisError) -> [Output]

    private struct Waiting {
        let input: Input
        let promise: LoopPromise<Result<Output, RedisError>>
    }

    /// The most inputs of one call, and the most that they may cost; Redis serves nobody else while it runs.
    private static var sizeMax: Int { 32 }
    private static var costMax: Int { 256 }
    private let loop: EventLoop
    private let cost: (Input) -> Int
    private let script: Script
    private var waiting: [QueuePlace: [Waiting]] = [:]

    /// `cost`: the work of the script for an input; 1 is that for an ordinary job.
    init(loop: EventLoop, cost: @escaping (Input) -> Int = { _ in 1 }, script: @escaping Script) {
        self.loop = loop
        self.cost = cost
        self.script = script
    }

    /// Runs the script for one input, together with others.
    /// - Throws: what the script throws; if Redis refuses it, the script is run again for each input alone.
    func run(_ input: Input, at place: QueuePlace) async throws(RedisError) -> Output {
        let promise = LoopPromise<Result<Output, RedisError>>()
        if waiting.isEmpty { loop.atTurnEnd { [self] in flush() } }
        waiting[place, default: []].append(Waiting(input: input, promise: promise))
        return try await promise.wait().get()
    }

    private func flush() {
        let due = waiting
        waiting = [:]
        for (place, some) in due {
            for call in calls(some) {
                let bound = LoopBound((self, call), on: loop)
                _ = Task(executorPreference: loop) {
                    let (batch, call) = bound.value
                    await batch.perform(call, at: place)
                }
            }
        }
    }

    /// The inputs, divided into calls.
    private func calls(_ some: [Waiting]) -> [[Waiting]] {
        var calls: [[Waiting]] = []
        var total = 0
        for one in some {
            let cost = cost(one.input)
            if let last = calls.last, last.count < Self.sizeMax, total + cost <= Self.costMax {
                calls[calls.count - 1].append(one)
                total += cost
            } else {
                calls.append([one])
                total = cost
            }
        }
        return calls
    }

    private func perform(_ some: [Waiting], at place: QueuePlace) async {
        do throws(RedisError) {
            let outputs = try await script(place, some.map(\.input))
            guard outputs.count == some.count else { throw .unexpectedReply("\(outputs.count) results") }
            for (one, output) in zip(some, outputs) { one.promise.fulfil(.success(output)) }
        } catch {
            // One that Redis refuses must not stop the others.
            guard case .refused = error, some.count > 1 else {
                for one in some { one.promise.fulfil(.failure(error)) }
                return
            }
            for one in some { await perform([one], at: place) }
        }
    }
}
