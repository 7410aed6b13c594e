import Domain
import Platform
import TestKit
import Testing

@testable import Worker

@Suite("Producer of jobs")
struct QueueProducerTests {
    @Test("a job can be inspected from its enqueueing to its acknowledgement")
    func inspect() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let producer = QueueProducer(bench.redis)
            let place = QueueBench.sessions
            #expect(try await producer.inspect("a1", in: place) == nil)
            let job = Job(id: "a1", lane: "a", weight: 2, payload: [Array("body".utf8), Array("photo".utf8)])
            #expect(try await producer.enqueue(job, in: place))
            #expect(try await producer.enqueue(job, in: place) == false)
            let queued = try #require(try await producer.inspect("a1", in: place))
            #expect(queued.lane == "a")
            #expect(queued.payload == job.payload)
            #expect(!queued.isStarted && !queued.isCancelRequested && queued.attempts == 0)
            let claim = try #require(try await bench.claim(bench.one).first)
            #expect(claim.job.payload == job.payload)
            #expect(try await bench.acknowledge(bench.one, claim))
            #expect(try await producer.inspect("a1", in: place) == nil)
        }
    }

    @Test("a cancel request reaches the worker that claims the job, and the one that starts it")
    func cancel() async throws {
        try await QueueBench.run { bound in
            let bench = bound.value
            let producer = QueueProducer(bench.redis)
            try await bench.add("a1", "a2")
            bench.server.command(["HSET", "session:{s03}:a1", "cancel", "1"])
            #expect(try await producer.inspect("a1", in: QueueBench.sessions)?.isCancelRequested == true)
            let claims = try await bench.claim(bench.one)
            #expect(claims.map(\.id) == ["a1", "a2"])
            #expect(claims.map(\.isCancelRequested) == [true, false])
            let last = try #require(claims.last)
            #expect(try await bench.one.start(last) == .started)
            bench.server.command(["HSET", "session:{s03}:a2", "cancel", "1"])
            #expect(try await bench.one.start(last) == .canceled)
        }
    }
}
