import TestKit
import Testing

@testable import Platform

/// The resolver against a real name server on this machine.
@Suite("Host resolver")
struct HostResolverTests {
    private static func run<Value: Sendable>(
        _ server: TestNameServer, _ limits: HostResolver.Limits = HostResolver.Limits(),
        _ body: @escaping @Sendable (HostResolver, EventLoop, ManualClock) async -> Value
    ) async throws -> Value {
        HostResolver.startLibrary()
        let clock = ManualClock()
        let thread = try LoopThread(name: "names", clock: clock)
        let value = await thread.run {
            await body(HostResolver(loop: thread.loop, servers: server.address, limits: limits), thread.loop, clock)
        }.value
        thread.stop()
        server.close()
        return value
    }

    @Test("a name has its addresses, IPv4 first; an address is its own; a name without any fails with the reason")
    func names() async throws {
        let server = try TestNameServer()
        server.set("shop.example", ["2001:db8::7", "192.0.2.7", "192.0.2.8"])
        let (found, literal, missing) = try await Self.run(server) { resolver, _, _ in
            (
                await resolver.resolve("Shop.Example"), await resolver.resolve("::1"),
                await resolver.resolve("no.example")
            )
        }
        #expect(try found.get().map(\.description) == ["192.0.2.7", "192.0.2.8", "2001:db8::7"])
        #expect(try literal.get().map(\.description) == ["::1"])
        #expect(throws: HostLookupError.self) { try missing.get() }
        #expect(!server.queries.contains("::1"))
    }

    @Test("answers are used for a minute at most, failures for five seconds, and look-ups at one time share a query")
    func cache() async throws {
        let server = try TestNameServer()
        server.set("shop.example", ["192.0.2.7"])
        let changed = try await Self.run(server) { resolver, loop, clock -> Bool in
            let bound = LoopBound(resolver, on: loop)
            await withDiscardingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask(executorPreference: loop) { _ = await bound.value.resolve("shop.example") }
                }
            }
            _ = await resolver.resolve("late.example")
            server.set("shop.example", ["192.0.2.9"])
            server.set("late.example", ["192.0.2.10"])
            clock.advance(by: .seconds(4))
            guard case .failure = await resolver.resolve("late.example") else { return false }
            clock.advance(by: .seconds(2))
            guard case .success = await resolver.resolve("late.example") else { return false }
            clock.advance(by: .seconds(50))
            guard (try? await resolver.resolve("shop.example").get())?.first?.description == "192.0.2.7" else {
                return false
            }
            clock.advance(by: .seconds(5))
            return (try? await resolver.resolve("shop.example").get())?.first?.description == "192.0.2.9"
        }
        #expect(changed)
        // One query for each kind of address, before and after the minute.
        #expect(server.queries.filter { $0 == "shop.example" }.count == 4)
    }

    @Test("a name that is never answered fails in its time, and the loop goes on meanwhile")
    func silence() async throws {
        let server = try TestNameServer()
        server.set("shop.example", ["192.0.2.7"])
        let order = try await Self.run(server) { resolver, loop, clock -> [String] in
            let bound = LoopBound(resolver, on: loop)
            var order: [String] = []
            await withTaskGroup(of: String.self) { group in
                group.addTask(executorPreference: loop) {
                    if case .success = await bound.value.resolve("silent.example") { return "found" }
                    return "silent"
                }
                group.addTask(executorPreference: loop) {
                    _ = await bound.value.resolve("shop.example")
                    clock.advance(by: .seconds(3))
                    return "shop"
                }
                for await one in group { order.append(one) }
            }
            return order
        }
        #expect(order == ["shop", "silent"])
    }

    @Test("the number of look-ups under way is bounded")
    func bounds() async throws {
        let server = try TestNameServer()
        var limits = HostResolver.Limits()
        limits.lookupsMax = 2
        let failures = try await Self.run(server, limits) { resolver, loop, clock -> [String] in
            let bound = LoopBound(resolver, on: loop)
            return await withTaskGroup(of: String.self) { group in
                for number in 0..<3 {
                    group.addTask(executorPreference: loop) {
                        let found = await bound.value.resolve("silent\(number).example")
                        clock.advance(by: .seconds(4))
                        if case .failure(let error) = found { return error.message }
                        return ""
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(failures.count == 3)
        #expect(failures.filter { $0.hasPrefix("too many") }.count == 1)
    }

    @Test("a thread that may block waits for a bounded time")
    func blocking() throws {
        let server = try TestNameServer()
        defer { server.close() }
        server.set("db.example", ["192.0.2.5"])
        let found = BlockingResolver.address(of: "db.example", servers: server.address)
        #expect(try found.get() == "192.0.2.5")
        let silent = BlockingResolver.address(
            of: "silent.example", servers: server.address, timeout: .milliseconds(300))
        guard case .failure(let error) = silent else {
            Issue.record("a silent name was resolved")
            return
        }
        #expect(error.message.contains("time"))
    }
}

/// Requests to hosts whose names are resolved.
@Suite("HTTP client and names")
struct HTTPClientNameTests {
    private static func send(
        _ server: TestNameServer, _ url: String, allowed: String
    ) async throws -> Result<HTTPClientResponse, HTTPClientError> {
        HTTPClient.startLibrary()
        let thread = try LoopThread(name: "client")
        let address = server.address
        let result = await thread.run {
            let client = HTTPClient(
                loop: thread.loop, policy: AddressPolicy(allowed: AddressRange.list(allowed) ?? []),
                resolver: HostResolver(loop: thread.loop, servers: address))
            var request = HTTPClientRequest(url: url, method: .get, bytesMax: 100)
            request.allowsHTTP = true
            return await client.send(request)
        }.value
        thread.stop()
        return result
    }

    @Test("a request goes to the address of its host, and to the next one if there is no connection")
    func nextAddress() async throws {
        let (server, receiver) = (try TestNameServer(), try TestReceiver())
        defer { server.close() }
        server.set("hook.example", ["127.0.0.9", "127.0.0.1"])
        let answer = try await Self.send(
            server, "http://hook.example:\(receiver.port)/hook", allowed: "127.0.0.0/8")
        #expect(try answer.get().status == 200)
        #expect(receiver.received.map(\.path) == ["/hook"])
    }

    @Test("a host with one address that may not be called is refused, and nothing is sent")
    func mixed() async throws {
        let (server, receiver) = (try TestNameServer(), try TestReceiver())
        defer { server.close() }
        server.set("hook.example", ["127.0.0.1", "10.0.0.1"])
        let answer = try await Self.send(
            server, "http://hook.example:\(receiver.port)/hook", allowed: "127.0.0.0/8")
        #expect(throws: HTTPClientError.self) { try answer.get() }
        #expect(receiver.received.isEmpty)
    }

    @Test(
        "spellings of an address that only curl would read as one are refused",
        arguments: ["0x7f000001", "2130706433", "127.1", "localhost.", "[::ffff:127.0.0.1]"])
    func spellings(host: String) async throws {
        let (server, receiver) = (try TestNameServer(), try TestReceiver())
        defer { server.close() }
        let answer = try await Self.send(server, "http://\(host):\(receiver.port)/", allowed: "192.0.2.0/24")
        #expect(throws: HTTPClientError.self) { try answer.get() }
        #expect(receiver.received.isEmpty)
    }
}
