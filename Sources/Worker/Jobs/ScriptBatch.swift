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

    /// The most inputs of one call; Redis serves nobody else while it runs.
    private static var sizeMax: Int { 32 }
    private let loop: EventLoop
    private let script: Script
    private var waiting: [QueuePlace: [Waiting]] = [:]

    init(loop: EventLoop, script: @escaping Script) {
        self.loop = loop
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
            for start in stride(from: 0, to: some.count, by: Self.sizeMax) {
                let bound = LoopBound((self, Array(some[start..<min(start + Self.sizeMax, some.count)])), on: loop)
                _ = Task(executorPreference: loop) {
                    let (batch, some) = bound.value
                    await batch.perform(some, at: place)
                }
            }
        }
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
