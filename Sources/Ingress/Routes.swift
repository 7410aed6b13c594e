internal import Shared

/// The whole API on one page.
enum Routes {
    /// What the routes lead to.
    struct Handlers {
        let health: HealthHandler
        let metrics: MetricsHandler
        let organizations: OrganizationHandler
        let apiKeys: APIKeyHandler
        let customers: CustomerHandler
        let credits: CreditsHandler
        let tryons: TryonHandler
        let photos: PhotoHandler
        let files: FileHandler
        let webhooks: WebhookHandler
    }

    static func router(_ handlers: Handlers) -> Router {
        let router = Router()
        let json = RequestBody.bytesMax
        router.add(.get, "/health", handlers.health.health)
        router.add(.get, "/health/live", handlers.health.live)
        router.add(.get, "/health/ready", handlers.health.ready)
        router.add(.get, "/metrics", handlers.metrics.metrics)

        router.add(.post, "/api/organizations", bodyBytesMax: json, handlers.organizations.create)
        router.add(.get, "/api/organizations", handlers.organizations.list)
        router.add(.get, "/api/organizations/{orgId}", handlers.organizations.read)
        router.add(.patch, "/api/organizations/{orgId}", bodyBytesMax: json, handlers.organizations.change)
        router.add(.post, "/api/organizations/{orgId}/credits", bodyBytesMax: json, handlers.organizations.grant)
        router.add(.post, "/api/organizations/{orgId}/api-keys", bodyBytesMax: json, handlers.apiKeys.create)
        router.add(.get, "/api/organizations/{orgId}/api-keys", handlers.apiKeys.list)
        router.add(
            .patch, "/api/organizations/{orgId}/api-keys/{keyId}", bodyBytesMax: json, handlers.apiKeys.change)
        router.add(.delete, "/api/organizations/{orgId}/api-keys/{keyId}", handlers.apiKeys.delete)

        router.add(.get, "/api/v1/credits", handlers.credits.read)
        router.add(.post, "/api/v1/customers", bodyBytesMax: json, handlers.customers.create)
        router.add(.get, "/api/v1/customers", handlers.customers.list)
        router.add(.get, "/api/v1/customers/{externalId}", handlers.customers.read)
        router.add(.patch, "/api/v1/customers/{externalId}", bodyBytesMax: json, handlers.customers.change)
        router.add(.delete, "/api/v1/customers/{externalId}", handlers.customers.delete)

        let picture = PictureUpload.bodyBytesMax
        router.add(.post, "/api/v1/customers/{externalId}/photos", bodyBytesMax: picture, handlers.photos.addPhoto)
        router.add(.post, "/api/v1/garments", bodyBytesMax: picture, handlers.photos.addGarment)
        router.add(.get, "/files/{path*}", handlers.files.read)

        router.add(.post, "/api/v1/webhooks", bodyBytesMax: json, handlers.webhooks.create)
        router.add(.get, "/api/v1/webhooks", handlers.webhooks.list)
        router.add(.get, "/api/v1/webhooks/{id}", handlers.webhooks.read)
        router.add(.delete, "/api/v1/webhooks/{id}", handlers.webhooks.delete)

        router.add(.post, "/api/v1/cart-tryons", bodyBytesMax: json, handlers.tryons.create)
        router.add(.get, "/api/v1/cart-tryons", handlers.tryons.list)
        router.add(.get, "/api/v1/cart-tryons/{id}", handlers.tryons.read)
        return router
    }
}
