import Domain
import TestKit
import Testing

@testable import Ingress
@testable import Platform

/// The bound of uploaded pictures that one loop keeps in memory.
@Suite("Uploads of pictures")
struct PictureUploadTests {
    private let responder: APIResponder

    /// An endpoint that stores what it gets for the organisation that its path names.
    private init(_ loop: EventLoop, objects: any ObjectStore) throws {
        let upload = PictureUpload(
            pool: BlockingPool(name: "pictures", threads: 3), objects: objects, faces: FaceDetectors())
        let endpoint = Endpoint(.post, "/{orgId}", "", access: .anyone, responses: []) {
            (context: RequestContext) async throws(Problem) -> HTTPResponse in
            let organization: OrganizationID = try context.id(0, "organisation")
            _ = try await upload.store(.garment, context, of: organization, field: "photo") { _ in
                organization.description
            }
            return HTTPResponse(.ok)
        }
        let logger = Logger(writer: LogWriter(), component: "test", level: .error)
        let endpointOfRedis = try #require(RedisEndpoint("unix:///nowhere"))
        let redis = RedisStore(keys: RedisKeys(shardCount: 16)) {
            RedisConnection(
                loop: loop, endpoint: endpointOfRedis, resolver: HostResolver(loop: loop), timeout: .seconds(1),
                scripts: [], logger: logger,
                statistics: RedisStatistics())
        }
        let mysql = MySQLPool(endpoint: try #require(MySQLEndpoint("mysql://nobody@localhost/none")), logger: logger)
        let addresses = ClientAddresses(trustedProxies: [])
        let limiter = FailedAuthenticationLimiter(
            redis: redis, addresses: addresses, tallies: FailedAuthenticationTallies(), loop: loop, clock: SystemClock()
        )
        let access = AccessControl(
            addresses: addresses,
            keys: APIKeyAuthenticator(
                redis: redis, mysql: mysql, cache: APIKeyCache(mysql: mysql, names: redis.keys), addresses: addresses,
                limiter: limiter),
            users: UserAuthenticator(secret: []), limiter: limiter)
        responder = APIResponder(
            router: Router([endpoint]), access: access, logger: logger, clock: SystemClock(),
            telemetry: IngressTelemetry())
    }

    private func exchange(_ organization: OrganizationID) throws -> any HTTPExchange {
        let head = try RequestHead.parse("POST /\(organization)", ["Content-Type: image/png"])
        return responder.begin(head, from: .loopback)
    }

    @Test("one organisation cannot fill the places for pictures, and all together cannot exceed them")
    static func places() async throws {
        let thread = try LoopThread(name: "uploads")
        let picture = try TestPictures.sample("tee.png")
        let objects = HeldObjectStore { $0 }
        let (first, second) = (OrganizationID(value: 1), OrganizationID(value: 2))
        let failure = await thread.run { () -> (any Error)? in
            do {
                let tests = try Self(thread.loop, objects: objects)
                // Places: the threads of the pool and two; for one organisation: the threads without one.
                let running = try (0..<8).map { index in
                    let exchange = LoopBound(
                        try tests.exchange(index < 5 ? first : second), on: thread.loop)
                    return Task(executorPreference: thread.loop) {
                        await exchange.value.respond(to: .bytes(picture)).status.code
                    }
                }
                await TestRedis.until(thread.loop) { objects.waiting("\(first)") + objects.waiting("\(second)") >= 4 }
                objects.open()
                for one in running { #expect(await one.value == 200) }
                return nil
            } catch {
                return error
            }
        }.value
        thread.stop()
        if let failure { throw failure }
        #expect(objects.waitingMax("\(first)") == 2)
        #expect(objects.waitingMaxOfAll == 4)
    }
}
