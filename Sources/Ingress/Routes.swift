internal import Shared

/// The whole API on one page.
enum Routes {
    static func router(health: HealthHandler, metrics: MetricsHandler) -> Router {
        let router = Router()
        router.add(.get, "/health", health.health)
        router.add(.get, "/health/live", health.live)
        router.add(.get, "/health/ready", health.ready)
        router.add(.get, "/metrics", metrics.metrics)
        return router
    }
}
