import Domain
import Platform
import TestKit
import Testing

@testable import Ingress

/// The stream of one client that watches a session.
@Suite("Session watcher")
struct SessionWatcherTests {
    /// Runs `body` on a loop whose time only the test moves.
    private static func run(
        _ body: @escaping @Sendable (EventLoop, ManualClock) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let thread = try LoopThread(name: "watch", clock: clock)
        let loop = thread.loop
        let failure = await thread.run { () async -> (any Error)? in
            do {
                try await body(loop, clock)
                return nil
            } catch {
                return error
            }
        }.value
        thread.stop()
        if let failure { throw failure }
    }

    private static func text(_ piece: HTTPBodyStream.Piece) -> String {
        if case .bytes(let bytes) = piece { String(decoding: bytes, as: UTF8.self) } else { "end" }
    }

    @Test("a client gets a heartbeat after 15 seconds without an event, and the state is read again")
    func heartbeat() async throws {
        try await Self.run { loop, clock in
            var looks = 0
            let watcher = SessionWatcher(SessionID(value: 1), after: 0, loop: loop) {
                looks += 1
                return .failed
            }
            #expect(Self.text(await watcher.next()).hasPrefix(": watching"))
            for count in 1...3 {
                let bound = LoopBound(watcher, on: loop)
                let next = Task(executorPreference: loop) { Self.text(await bound.value.next()) }
                await TestRedis.until(loop) { looks == count }
                clock.advance(by: .milliseconds(14_990))
                await loop.sleep(for: .zero)
                #expect(looks == count)
                clock.advance(by: .milliseconds(20))
                #expect(await next.value == ": heartbeat\n\n")
            }
        }
    }

    @Test("a client that takes its pieces late gets each event once, and only the state that is then")
    func late() async throws {
        try await Self.run { loop, _ in
            let job = AdmissionBench.job()
            var view = SessionView(queued: SessionID(value: 16), job, photoID: AdmissionBench.photo)
            let watcher = SessionWatcher(view.id, after: 0, loop: loop) {
                .progress(SessionProgress(view) { $0 })
            }
            _ = await watcher.next()
            // A thousand changes while the client reads nothing: one piece is made of the last state.
            for _ in 0..<1_000 { watcher.notify() }
            view.status = .completed
            view.items[0].status = .completed
            view.startedAt = Timestamp(unixMs: 1)
            view.finishedAt = Timestamp(unixMs: 2)
            let text = Self.text(await watcher.next())
            #expect(text.ranges(of: "event: tryon.item.completed").count == 1)
            #expect(text.ranges(of: "event: tryon.completed").count == 1)
            #expect(Self.text(await watcher.next()) == "end")
        }
    }
}
