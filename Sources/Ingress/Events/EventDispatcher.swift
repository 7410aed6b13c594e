internal import Domain
internal import Platform

/// Enqueues the deliveries of events that a transaction of the ingress has written.
final class EventDispatcher {
    private let redis: RedisStore
    private let logger: Logger

    init(redis: RedisStore, logger: Logger) {
        self.redis = redis
        self.logger = logger
    }

    /// Enqueues deliveries; if Redis fails, the reconciler does it.
    func dispatch(_ deliveries: [PendingDelivery], of organizationID: OrganizationID) async {
        do throws(RedisError) {
            try await DispatchScript(deliveries, of: organizationID).run(redis)
        } catch {
            logger.warning("deliveries wait for the reconciler", .id(organizationID), .error(error))
        }
    }
}
