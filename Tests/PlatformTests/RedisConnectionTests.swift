import TestKit
import Testing

@testable import Platform

@Suite("The connection to Redis")
struct RedisConnectionTests {
    @Test("replies of every shape are copied out")
    func shapes() async throws {
        let server = try RedisServer()
        let replies = try await TestRedis.connect(server) { redis, _ in
            var replies: [RedisReply] = []
            for words in [
                ["SET", "a", "1"], ["GET", "a"], ["GET", "none"], ["INCR", "a"], ["LPUSH", "l", "x", "y"],
                ["LRANGE", "l", "0", "-1"],
            ] {
                if let reply = try? await redis.send(RedisCommand(words)) { replies.append(reply) }
            }
            return replies
        }
        let x = RedisReply.bulk(Array("x".utf8))
        let y = RedisReply.bulk(Array("y".utf8))
        #expect(
            replies == [
                .status("OK"), .bulk(Array("1".utf8)), .null, .integer(2), .integer(2), .array([y, x]),
            ])
    }

    @Test("replies beyond the kept memory, nested or with errors inside are copied out, and small ones after them")
    func largeReplies() async throws {
        let server = try RedisServer()
        let replies = try await TestRedis.connect(server) { redis, _ in
            var replies: [RedisReply?] = []
            for script in [
                "return string.rep('x', 1000000)", "local t = {} for i = 1, 5000 do t[i] = i end return t",
                "return {1, {'a', {redis.error_reply('ERR inside')}}}", "return 'small'",
            ] {
                replies.append(try? await redis.send(RedisCommand(["EVAL", script, "0"])))
            }
            return replies
        }
        #expect(replies[0] == .bulk([UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000)))
        #expect(replies[1] == .array((1...5_000).map { .integer($0) }))
        #expect(
            replies[2]
                == .array([.integer(1), .array([.bulk(Array("a".utf8)), .array([.error(RedisFault("ERR inside"))])])]))
        #expect(replies[3] == .bulk(Array("small".utf8)))
    }

    @Test("an error reply is a refusal with its code")
    func refusal() async throws {
        let server = try RedisServer()
        let error = try await TestRedis.connect(server) { redis, _ in
            do throws(RedisError) {
                _ = try await redis.send(RedisCommand(["LPUSH"]))
                return RedisError?.none
            } catch {
                return error
            }
        }
        guard case .refused(let fault) = error else { throw RedisError.unavailable }
        #expect(fault.code == "ERR")
    }

    @Test("a script that Redis no longer has is sent again")
    func scripts() async throws {
        let server = try RedisServer()
        let values = try await TestRedis.connect(server) { redis, _ in
            var values: [Int64?] = []
            for _ in 0..<2 {
                let reply = try? await redis.run(RedisScript("return ARGV[1] + 1"), keyCount: 1) {
                    $0.append("k")
                    $0.append(Int64(41))
                }
                values.append(reply?.integer)
                server.command(["SCRIPT", "FLUSH"])
            }
            return values
        }
        #expect(values == [42, 42])
    }

    @Test("a connection that breaks comes back by itself; what was lost is known to be unknown")
    func reconnect() async throws {
        let server = try RedisServer()
        let outcome = try await TestRedis.connect(server) { redis, loop in
            let lost = LoopPromise<RedisError?>()
            let box = LoopBound((redis, lost), on: loop)
            _ = Task(executorPreference: loop) {
                do throws(RedisError) {
                    _ = try await box.value.0.send(RedisCommand(["BLPOP", "nothing", "0"]))
                    box.value.1.fulfil(nil)
                } catch {
                    box.value.1.fulfil(error)
                }
            }
            await Task.yield()
            server.kill()
            let error = await lost.wait()
            var refusal: RedisError?
            do throws(RedisError) {
                _ = try await redis.send(RedisCommand("PING"))
            } catch {
                refusal = error
            }
            try? server.start()
            await TestRedis.until(loop) { redis.isReady }
            let reply = try? await redis.send(RedisCommand("PING"))
            return (error, refusal, reply)
        }
        #expect(outcome.0 == .outcomeUnknown)
        #expect(outcome.1 == .unavailable)
        #expect(outcome.2 == .status("PONG"))
    }

    @Test("a server that hangs is given up, and its commands with it")
    func hang() async throws {
        let server = try RedisServer()
        let error = try await TestRedis.connect(server, timeout: .milliseconds(300)) { redis, loop in
            do throws(RedisError) {
                _ = try await redis.send(RedisCommand(["BLPOP", "nothing", "0"]))
                return RedisError?.none
            } catch {
                await TestRedis.until(loop) { redis.isReady }
                return error
            }
        }
        #expect(error == .outcomeUnknown)
    }

    /// The second is longer than what one read takes, and than a socket's buffer.
    @Test("a reply that arrived while the loop was busy is read, however late that is", arguments: [5, 3_000_000])
    func busyLoop(length: Int) async throws {
        let server = try RedisServer()
        server.command(["SETRANGE", "value", "\(length - 1)", "x"])
        let outcome = try await TestRedis.connect(server, timeout: .milliseconds(200)) { redis, loop in
            // A job of the next turn, which begins after the command was written: timers run before the reply is read.
            _ = Task(executorPreference: loop) {
                loop.atTurnEnd {
                    _ = Task(executorPreference: loop) {
                        let end = ContinuousClock.now + .milliseconds(500)
                        while ContinuousClock.now < end {}
                    }
                }
            }
            do throws(RedisError) {
                // Redis answers after 50 ms, while the loop is busy; the second command waits for the first.
                let first = RedisCommand(["BLPOP", "nothing", "0.05"])
                let bound = LoopBound(redis, on: loop)
                let second = Task(executorPreference: loop) {
                    try? await bound.value.send(RedisCommand(["GET", "value"])).bytes.count
                }
                let reply = try await redis.send(first)
                return Result<(RedisReply, Int?), RedisError>.success((reply, await second.value))
            } catch {
                return .failure(error)
            }
        }
        let (first, second) = try outcome.get()
        #expect(first == .null && second == length)
    }

    @Test(
        "addresses are read",
        arguments: [
            ("redis://h", "tcp h 6379 - - 0"), ("redis://u:p%40@h:7000/3", "tcp h 7000 u p@ 3"),
            ("redis://:p@h", "tcp h 6379 - p 0"), ("unix:///run/r.sock?db=2", "unix /run/r.sock - - 2"),
            ("rediss://h", "none"), ("redis://h/x", "none"), ("http://h", "none"), ("", "none"),
        ])
    func endpoints(text: String, expected: String) {
        var found = "none"
        if let endpoint = RedisEndpoint(text) {
            let rest = "\(endpoint.user ?? "-") \(endpoint.password ?? "-") \(endpoint.database)"
            switch endpoint.address {
            case .tcp(let host, let port): found = "tcp \(host) \(port) \(rest)"
            case .unixSocket(let path): found = "unix \(path) \(rest)"
            }
        }
        #expect(found == expected)
    }
}
