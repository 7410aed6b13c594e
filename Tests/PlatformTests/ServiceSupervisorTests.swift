import Dispatch
import Foundation
import TestKit
import Testing

@testable import Platform

/// The protocols of a service manager.
@Suite("Service manager")
struct ServiceSupervisorTests {
    @Test("messages reach the socket, by path or by abstract name", arguments: [false, true])
    func messages(isAbstract: Bool) throws {
        let socket = try TestNotifySocket(isAbstract: isAbstract)
        let manager = ServiceSupervisor(environment: ["NOTIFY_SOCKET": socket.path])
        manager.tell(.ready)
        manager.tell(.stopping)
        #expect([socket.next(), socket.next()] == ["READY=1", "STOPPING=1"])
    }

    @Test("without a service manager nothing is told, passed or watched, nor what is meant for another process")
    func nothing() throws {
        let manager = ServiceSupervisor(environment: [
            "LISTEN_FDS": "1", "LISTEN_PID": "1", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1",
        ])
        manager.tell(.ready)
        #expect(manager.watchdog == nil)
        let hasListener = try manager.listener() != nil
        #expect(!hasListener)
    }

    @Test("the watchdog is fed while every loop runs, and not while one is blocked")
    func watchdog() throws {
        let socket = try TestNotifySocket()
        let manager = ServiceSupervisor(environment: ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "300000"])
        #expect(manager.watchdog == .milliseconds(300))
        let threads = [try LoopThread(name: "one"), try LoopThread(name: "two")]
        let watchdog = Watchdog(manager, loops: threads.map(\.loop))
        watchdog.start()
        #expect([socket.next(), socket.next()] == ["WATCHDOG=1", "WATCHDOG=1"])
        let (isBlocked, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        _ = threads[1].run {
            isBlocked.signal()
            mayGoOn.wait()
        }
        isBlocked.wait()
        // What was on its way, up to a mark; then nothing but the next mark, which comes ten intervals later.
        func mark() {
            DispatchQueue.global().asyncAfter(deadline: .now() + 1) { manager.tell(.stopping) }
        }
        mark()
        while socket.next() == "WATCHDOG=1" {}
        mark()
        #expect(socket.next() == "STOPPING=1")
        mayGoOn.signal()
        #expect(socket.next() == "WATCHDOG=1")
        watchdog.stop()
        for thread in threads { thread.stop() }
    }
}
