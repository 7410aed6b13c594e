import Dispatch
import TestKit
import Testing

@testable import Platform

/// Replies that nobody has asked for, from a server that is not Redis.
@Suite("Unsolicited replies of Redis")
struct UnsolicitedReplyTests {
    /// Runs `body` on a loop with a connection to a peer, when it is ready for the first time.
    private static func connect<Value: Sendable>(
        _ peer: TestPeer, _ statistics: RedisStatistics,
        _ body: @escaping @Sendable (RedisConnection, EventLoop) async -> Value
    ) async throws -> Value {
        let thread = try LoopThread(name: "redis")
        let endpoint = try #require(RedisEndpoint("redis://127.0.0.1:\(peer.port)"))
        let value = await thread.run {
            let redis = RedisConnection(
                loop: thread.loop, endpoint: endpoint, resolver: HostResolver(loop: thread.loop), timeout: .seconds(20),
                scripts: [],
                logger: Logger(writer: LogWriter(), component: "test", level: .error), statistics: statistics)
            redis.start()
            await TestRedis.until(thread.loop) { redis.isReady }
            let value = await body(redis, thread.loop)
            redis.close()
            return value
        }.value
        thread.stop()
        return value
    }

    @Test("a reply without a command closes the connection, and the next command gets its own reply on a new one")
    func closed() async throws {
        let closings = Counter()
        let (mayTalk, statistics) = (DispatchSemaphore(value: 0), RedisStatistics())
        let peer = try TestPeer { client, number in
            guard client.read(until: "PING\r\n").hasSuffix("PING\r\n") else { return }
            client.send("+PONG\r\n")
            if number == 1 {
                mayTalk.wait()
                client.send("$5\r\nwrong\r\n")
                if client.readToEnd() == "" { closings.add(1) }
            } else if client.read(until: "GET\r\n$1\r\na\r\n").contains("GET") {
                client.send("$5\r\nright\r\n")
                _ = client.readToEnd()
            }
        }
        let reply = try await Self.connect(peer, statistics) { redis, loop in
            mayTalk.signal()
            await TestRedis.until(loop) { statistics.reconnects.value == 1 && redis.isReady }
            return try? await redis.send(RedisCommand(["GET", "a"]))
        }
        #expect(reply == .bulk(Array("right".utf8)))
        #expect(peer.connections == 2)
        try await poll("the end of the first connection") { closings.value == 1 }
    }

    @Test("a reply that lies in the socket before a command is sent is not taken for the reply to this command")
    func beforeTheCommand() async throws {
        let (mayTalk, hasTalked) = (DispatchSemaphore(value: 0), Gauge())
        let peer = try TestPeer { client, number in
            guard client.read(until: "PING\r\n").hasSuffix("PING\r\n") else { return }
            client.send("+PONG\r\n")
            if number == 1 {
                mayTalk.wait()
                client.send("$5\r\nwrong\r\n")
                hasTalked.set(1)
            }
            guard client.read(until: "GET\r\n$1\r\na\r\n").contains("GET") else { return }
            client.send("$5\r\nright\r\n")
            _ = client.readToEnd()
        }
        let reply = try await Self.connect(peer, RedisStatistics()) { redis, _ in
            // The loop is busy while the reply arrives, and sends the command before it reads.
            mayTalk.signal()
            while hasTalked.value == 0 {}
            return try? await redis.send(RedisCommand(["GET", "a"]))
        }
        #expect(reply != RedisReply.bulk(Array("wrong".utf8)))
    }

    @Test("a second reply to one command, in the same packet as the first, closes the connection")
    func inOnePacket() async throws {
        let peer = try TestPeer { client, number in
            guard client.read(until: "PING\r\n").hasSuffix("PING\r\n") else { return }
            client.send("+PONG\r\n")
            guard client.read(until: "GET\r\n$1\r\na\r\n").contains("GET") else { return }
            client.send(number == 1 ? "$5\r\nright\r\n$5\r\nwrong\r\n" : "$5\r\nright\r\n")
            _ = client.readToEnd()
        }
        let statistics = RedisStatistics()
        let reply = try await Self.connect(peer, statistics) { redis, loop in
            _ = try? await redis.send(RedisCommand(["GET", "a"]))
            await TestRedis.until(loop) { statistics.reconnects.value == 1 && redis.isReady }
            return try? await redis.send(RedisCommand(["GET", "a"]))
        }
        #expect(reply == RedisReply.bulk(Array("right".utf8)))
    }
}
