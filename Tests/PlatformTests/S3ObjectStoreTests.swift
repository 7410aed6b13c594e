import Platform
import Synchronization
import TestKit
import Testing

/// The object store on S3, against real servers, and against ones that misbehave.
@Suite("Object store on S3")
struct S3ObjectStoreTests {
    private typealias Answer = TestServer.Answer

    /// Runs `body` with a store that uses a server.
    private static func run<Value: Sendable>(
        _ url: String, credentials: AWSCredentials? = S3Server.credentials, metadataURL: String = "http://127.0.0.1:9",
        _ body: @escaping @Sendable (S3ObjectStore) async -> Value
    ) async throws -> Value {
        let thread = try LoopThread(name: "s3")
        let configuration = S3Configuration(
            bucket: S3Server.bucket, region: "us-east-1", endpoint: url, credentials: credentials,
            metadataURL: metadataURL)
        let value = await thread.run {
            let store = S3ObjectStore(
                configuration, loop: thread.loop, resolver: HostResolver(loop: thread.loop), clock: SystemClock(),
                logger: Logger(writer: LogWriter(), component: "test", level: .error))
            return await body(store)
        }.value
        thread.stop()
        return value
    }

    @Test("files are put, read, replaced, linked and deleted", arguments: S3Server.Kind.allCases)
    func operations(_ kind: S3Server.Kind) async throws {
        let server = try S3Server(kind)
        let path = "enterprise/org-a/photos/pho_1-hd.jpg"
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let link = try await Self.run(server.url) { store -> Result<String, ObjectStoreError> in
            func get() async -> [UInt8]? { if case .success(let bytes) = await store.get(path) { bytes } else { nil } }
            let before = await store.get(path)
            if case .failure(.missing) = before {} else { Issue.record("\(before)") }
            for content in [large, [], Array("new".utf8)] {
                if case .failure(let error) = await store.put(path, content) { return .failure(error) }
                #expect(await get() == content)
            }
            switch await store.open(path, isHead: false) {
            case .success(.link(let url)): return .success(url)
            case .success: return .failure(.missing("no link"))
            case .failure(let error): return .failure(error)
            }
        }.get()
        #expect(Shell.run("curl", ["-s", link]) == "new")
        #expect(Shell.run("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", link + "x"]).hasPrefix("4"))
        let head = try await Self.run(server.url) { await $0.open(path, isHead: true) }.get()
        guard case .link(let url) = head else {
            Issue.record("no link")
            return
        }
        #expect(Shell.run("curl", ["-sI", "-o", "/dev/null", "-w", "%{http_code}", url]) == "200")
        #expect(Shell.run("curl", ["-sI", "-X", "GET", link]).lowercased().contains("content-type: image/jpeg"))
        let isGone = try await Self.run(server.url) { store -> Bool in
            for _ in 1...2 { if case .failure = await store.delete(path) { return false } }
            if case .failure(.missing) = await store.get(path) { return true }
            return false
        }
        #expect(isGone)
    }

    @Test("ranges are read, and many files are deleted at once", arguments: S3Server.Kind.allCases)
    func rangesAndBatches(_ kind: S3Server.Kind) async throws {
        let server = try S3Server(kind)
        let paths = (0..<5).map { "enterprise/org-a/results/itm_\($0).jpg" }
        try await Self.run(server.url) { store in
            for path in paths {
                if case .failure(let error) = await store.put(path, Array("content".utf8)) { Issue.record(error) }
            }
            func get(_ range: Range<Int>) async -> String? {
                guard case .success(let bytes) = await store.get(paths[0], range) else { return nil }
                return String(decoding: bytes, as: UTF8.self)
            }
            #expect(await get(0..<1) == "c")
            #expect(await get(3..<100) == "tent")
            #expect(await get(2..<2) == "")
            #expect(await get(100..<200) == "")
            if case .success = await store.get("enterprise/none", 0..<1) { Issue.record("it is there") }
            #expect(await store.delete(paths.dropLast() + ["enterprise/none"]).isEmpty)
            for path in paths.dropLast() {
                if case .failure(.missing) = await store.get(path) {} else { Issue.record("\(path) is still there") }
            }
            if case .failure(let error) = await store.get(paths[4]) { Issue.record(error) }
            #expect(await store.delete([]).isEmpty)
        }
    }

    @Test("of a batch that fails in part, the files that are left are named; without batches each file is deleted")
    func partOfBatch() async throws {
        let paths = (0..<1_001).map { "enterprise/\($0)" }
        let partial = try TestServer { request in
            guard request.method == "POST" else { return Answer(.noContent) }
            return Answer(
                .ok,
                "<DeleteResult><Error><Key>enterprise/7</Key><Code>AccessDenied</Code></Error>"
                    + "<Error><Key>enterprise/8</Key><Code>NoSuchKey</Code></Error></DeleteResult>")
        }
        let left = try await Self.run(partial.url) { await $0.delete(paths) }
        #expect(left.map(\.path) == ["enterprise/7"])
        // A thousand at once, and the last one alone.
        #expect(partial.received.map(\.method) == ["POST", "DELETE"])
        let simple = try TestServer { Answer($0.method == "DELETE" ? .noContent : .notImplemented) }
        let undeleted = try await Self.run(simple.url) { store in
            await store.delete(Array(paths.prefix(2))) + (await store.delete(Array(paths.prefix(3))))
        }
        #expect(undeleted.isEmpty)
        // It is asked once.
        #expect(simple.received.map(\.method) == ["POST", "DELETE", "DELETE", "DELETE", "DELETE", "DELETE"])
    }

    @Test(
        "an answer that does not confirm the deletion of a batch deletes nothing",
        arguments: [
            "", "<html>", "<Error><Code>InternalError</Code><Message>m</Message></Error>",
            "<DeleteResult><Error><Code>InternalError</Code></Error></DeleteResult>",
            #"<?xml version="1.0"?><DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Deleted>"#,
        ])
    func unconfirmedBatch(_ body: String) async throws {
        let server = try TestServer { _ in Answer(.ok, body) }
        let left = try await Self.run(server.url) { await $0.delete(["enterprise/a", "enterprise/b"]) }
        #expect(left.map(\.path) == ["enterprise/a", "enterprise/b"])
    }

    @Test(
        "an empty answer to a quiet batch confirms it",
        arguments: ["<DeleteResult></DeleteResult>", "<DeleteResult />\n"])
    func confirmedBatch(_ body: String) async throws {
        let server = try TestServer { _ in Answer(.ok, body) }
        #expect(try await Self.run(server.url) { await $0.delete(["enterprise/a", "enterprise/b"]) }.isEmpty)
        #expect(server.count("POST") == 1 && server.count("DELETE") == 0)
    }

    @Test("a batch that is refused for another reason is deleted one by one, and tried as a batch again")
    func refusedBatch() async throws {
        let server = try TestServer { request in
            switch request.method {
            case "POST": Answer(.badRequest, "<Error><Code>InvalidRequest</Code></Error>")
            default: Answer(request.path.contains("denied") ? .forbidden : .noContent)
            }
        }
        let left = try await Self.run(server.url) { store in
            await store.delete(["enterprise/a", "enterprise/b"])
                + (await store.delete((0..<20).map { "enterprise/denied\($0)" }))
        }
        #expect(left.count == 20)
        #expect(server.count("POST") == 2 && server.count("DELETE") == 2 + 9)
    }

    @Test("a store that stops answering is not asked for each file")
    func awayInBetween() async throws {
        let server = try TestServer { request in
            switch request.method {
            case "POST": Answer(.notImplemented)
            default: Answer(request.path.hasSuffix("/a") ? .noContent : .serviceUnavailable)
            }
        }
        let paths = ["a", "b", "c", "d"].map { "enterprise/\($0)" }
        let left = try await Self.run(server.url) { await $0.delete(paths) }
        #expect(left.map(\.path) == Array(paths.dropFirst()))
        #expect(server.count("DELETE") == 1 + 5)
    }

    @Test("a server that is away for a moment, or fails, is asked again; wrong keys are refused at once")
    func retries() async throws {
        let count = Mutex(0)
        let flaky = try TestServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            switch number {
            case 1: return Answer(.serviceUnavailable, "<Error><Code>SlowDown</Code></Error>")
            case 2: return Answer(.internalServerError, "")
            case 3: return Answer(.badRequest, "<Error><Code>RequestTimeout</Code></Error>")
            default: return Answer(.ok, "content")
            }
        }
        let bytes = try await Self.run(flaky.url) { await $0.get("enterprise/x") }.get()
        #expect(bytes == Array("content".utf8) && count.withLock { $0 } == 4)
        let server = try S3Server(.rclone)
        let wrong = AWSCredentials(accessKeyID: "AKIDTEST", secretAccessKey: "wrong")
        let refused = try await Self.run(server.url, credentials: wrong) { await $0.put("enterprise/x", [1]) }
        guard case .failure(.refused(let reason)) = refused else {
            Issue.record("wrong keys were taken")
            return
        }
        #expect(reason.hasPrefix("403 "), "\(reason)")
        server.kill()
        if case .success = try await Self.run(server.url, { await $0.put("enterprise/x", [1]) }) {
            Issue.record("a dead server has taken a file")
        }
    }

    @Test("an answer that is cut off, or does not say how long it is, is not taken for the file")
    func truncated() async throws {
        for head in ["Content-Length: 100\r\n", ""] {
            let count = Mutex(0)
            let peer = try TestPeer { client, _ in
                _ = client.read(until: "\r\n\r\n")
                count.withLock { $0 += 1 }
                client.send("HTTP/1.1 200 OK\r\n\(head)Connection: close\r\n\r\nhalf")
            }
            let result = try await Self.run("http://127.0.0.1:\(peer.port)") { await $0.get("enterprise/x") }
            if case .success = result { Issue.record("half of a file was taken for all of it") }
            #expect(count.withLock { $0 } == 5)
        }
    }

    @Test("the keys of the machine's role are fetched once, and again after S3 has refused them as expired")
    func role() async throws {
        let metadata = try TestServer { request in
            switch request.line {
            case "PUT /latest/api/token": Answer(.ok, "token")
            case "GET /latest/meta-data/iam/security-credentials/": Answer(.ok, "drape-role")
            case "GET /latest/meta-data/iam/security-credentials/drape-role":
                Answer(
                    .ok,
                    #"{"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#
                )
            default: Answer(.notFound)
            }
        }
        let count = Mutex(0)
        let server = try TestServer { request in
            let number = count.withLock { count in
                count += 1
                return count
            }
            guard request.fields["authorization"]?.contains("Credential=ASIA1/") == true else {
                return Answer(.forbidden)
            }
            return number == 2 ? Answer(.badRequest, "<Error><Code>ExpiredToken</Code></Error>") : Answer(.ok, "x")
        }
        let link = try await Self.run(server.url, credentials: nil, metadataURL: metadata.url) { store -> String in
            for _ in 1...3 { if case .failure(let error) = await store.get("enterprise/x") { return "\(error)" } }
            if case .success(.link(let url)) = await store.open("enterprise/x", isHead: false) { return url }
            return "no link"
        }
        #expect(link.contains("X-Amz-Security-Token=t"), "\(link)")
        #expect(metadata.count("PUT") == 2)
        let none = try await Self.run(server.url, credentials: nil) { await $0.get("enterprise/x") }
        if case .success = none { Issue.record("there were no keys") }
    }
}
