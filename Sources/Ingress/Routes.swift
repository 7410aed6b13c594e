// Longer than 300 lines because it is the list of all endpoints.

internal import Domain
internal import Platform

/// All endpoints of the API.
enum Routes {
    /// The handlers of the endpoints.
    struct Handlers {
        let operations: OperationsHandler
        let organizations: OrganizationHandler
        let apiKeys: APIKeyHandler
        let credits: CreditsHandler
        let ledger: LedgerHandler
        let customers: CustomerHandler
        let photos: PhotoHandler
        let garments: GarmentHandler
        let files: FileHandler
        let webhooks: WebhookHandler
        let deliveries: DeliveryHandler
        let webhookStats: WebhookStatsHandler
        let events: ClientEventHandler
        let tryOns: TryOnHandler
        let watchers: SessionWatchers
        let watch: WatchHandler

        /// Makes the handlers of one loop.
        init(
            _ loop: EventLoop, _ process: IngressProcess, _ redis: RedisStore, _ authenticator: APIKeyAuthenticator
        ) {
            let (common, mysql, logger) = (process.configuration.common, process.mysql, process.daemon.logger)
            let body = JSONBody()
            let accounts = CreditCache(redis: redis, mysql: mysql, logger: logger)
            let writes = IdempotentWrite(mysql: mysql, secretKey: common.secretKey)
            let rules = URLRules(
                policy: AddressPolicy(allowed: common.allowedNetworks), allowsHTTP: common.allowsHTTP, loop: loop,
                nameServers: common.nameServers)
            let links = SignedLinks(secretKey: common.secretKey, publicURL: common.linkURL)
            let objects = process.objects.make(loop, nameServers: common.nameServers, logger)
            let admission = Admission(
                redis: redis, mysql: mysql, authenticator: authenticator,
                references: ReferenceCache(redis: redis, mysql: mysql), stores: process.stores, loop: loop)
            operations = IngressLoop.operations(process, redis)
            organizations = OrganizationHandler(mysql: mysql, credits: accounts, body: body)
            let dispatcher = EventDispatcher(redis: redis, logger: logger)
            apiKeys = APIKeyHandler(mysql: mysql, credits: accounts, body: body, events: dispatcher)
            credits = CreditsHandler(mysql: mysql, redis: redis)
            ledger = LedgerHandler(mysql: mysql, loop: loop)
            customers = CustomerHandler(
                mysql: mysql, writes: writes, body: body,
                eraser: CustomerEraser(
                    mysql: mysql, redis: redis, objects: objects, events: dispatcher, logger: logger))
            let upload = PictureUpload(pool: process.pictures, objects: objects, faces: process.faces)
            let pictures = PictureWrite(writes: writes, upload: upload, mysql: mysql)
            let deletion = PictureDeletion(mysql: mysql, redis: redis, upload: upload, logger: logger)
            photos = PhotoHandler(
                writes: pictures, deletion: deletion, mysql: mysql, redis: redis, links: links,
                logger: logger)
            garments = GarmentHandler(
                writes: pictures, deletion: deletion, mysql: mysql, links: links)
            files = FileHandler(
                links: links, objects: objects,
                variants: PictureVariants(
                    pool: process.pictures, objects: objects, mysql: mysql, logger: logger, clock: process.stores.clock)
            )
            webhooks = WebhookHandler(
                mysql: mysql, redis: redis, writes: writes, body: body, secretKey: common.secretKey,
                rules: rules, logger: logger)
            deliveries = DeliveryHandler(
                mysql: mysql, redis: redis, writes: writes, headers: SealedHeaders(secretKey: common.secretKey),
                logger: logger)
            webhookStats = WebhookStatsHandler(mysql: mysql)
            events = ClientEventHandler(
                intake: EventIntake(redis: redis, authenticator: authenticator, stores: process.stores, loop: loop),
                authenticator: authenticator, body: body)
            let sessions = SessionFinder(redis: redis, mysql: mysql)
            tryOns = TryOnHandler(
                admission: admission, authenticator: authenticator, sessions: sessions,
                cancellation: SessionCancellation(redis: redis, mysql: mysql, sessions: sessions), body: body,
                links: links, rules: rules)
            watchers = SessionWatchers(
                loop: loop, redis: redis, connectionsMax: process.limits.connectionsMax / process.loopCount)
            watch = WatchHandler(
                loop: loop, watchers: watchers, authenticator: authenticator, sessions: sessions, links: links,
                clock: process.stores.clock)
        }
    }

    static func all(_ h: Handlers) -> [Endpoint] {
        operations(h) + organizations(h) + apiKeys(h) + customers(h) + pictures(h) + webhooks(h) + events(h) + tryOns(h)
    }

    private static func operations(_ h: Handlers) -> [Endpoint] {
        [
            Endpoint(
                .get, "/health", "Every part that the process needs", access: .anyone,
                responses: [
                    .ok(HealthSchema.view, "All parts work."), .unavailable(HealthSchema.view, "A part fails."),
                ],
                handler: h.operations.report),
            Endpoint(
                .get, "/health/live", "Whether the process answers", access: .anyone,
                responses: [.ok(HealthSchema.view, "It does.")], immediate: h.operations.live),
            Endpoint(
                .get, "/health/ready", "Whether the process can serve", access: .anyone,
                responses: [
                    .ok(HealthSchema.view, "It can."), .unavailable(HealthSchema.view, "It cannot."),
                ],
                handler: h.operations.ready),
            Endpoint(
                .get, "/metrics", "Metrics for Prometheus", access: .anyone,
                responses: [
                    ResponseSchema(status: .ok, description: "The metrics.", body: .other(mediaType: "text/plain"))
                ], handler: h.operations.metrics),
        ]
    }

    private static func organizations(_ h: Handlers) -> [Endpoint] {
        [
            Endpoint(
                .post, "/api/organizations", "Create an organisation", access: .platformAdmin,
                request: .json(OrganizationSchema.create),
                responses: [.created(OrganizationSchema.view, "The organisation.")],
                handler: h.organizations.create),
            Endpoint(
                .get, "/api/organizations", "List organisations", access: .platformAdmin, request: .page,
                responses: [.page(OrganizationSchema.view, "A page, newest first.")], handler: h.organizations.list),
            Endpoint(
                .get, "/api/organizations/{orgId}", "Read an organisation", access: .member(.view),
                responses: [.ok(OrganizationSchema.view, "The organisation.")], problems: [.notFound],
                handler: h.organizations.read),
            Endpoint(
                .patch, "/api/organizations/{orgId}", "Change an organisation", access: .member(.change),
                request: .json(OrganizationSchema.change),
                responses: [.ok(OrganizationSchema.view, "The organisation.")], problems: [.notFound],
                handler: h.organizations.change),
            Endpoint(
                .post, "/api/organizations/{orgId}/credits", "Grant credits, once for each reference",
                access: .platformAdmin, request: .json(OrganizationSchema.grant),
                responses: [.created(OrganizationSchema.granted, "The grant.")],
                problems: [.notFound, .conflict], handler: h.organizations.grant),
        ]
    }

    private static func apiKeys(_ h: Handlers) -> [Endpoint] {
        [
            Endpoint(
                .post, "/api/organizations/{orgId}/api-keys", "Create an API key", access: .member(.change),
                request: .json(APIKeySchema.create),
                responses: [.created(APIKeySchema.created, "The key, with its text.")],
                problems: [.notFound], handler: h.apiKeys.create),
            Endpoint(
                .get, "/api/organizations/{orgId}/api-keys", "List API keys", access: .member(.view), request: .page,
                responses: [.page(APIKeySchema.view, "A page, newest first.")], handler: h.apiKeys.list),
            Endpoint(
                .patch, "/api/organizations/{orgId}/api-keys/{keyId}", "Change an API key", access: .member(.change),
                request: .json(APIKeySchema.change), responses: [.ok(APIKeySchema.view, "The key.")],
                problems: [.notFound], handler: h.apiKeys.change),
            Endpoint(
                .delete, "/api/organizations/{orgId}/api-keys/{keyId}", "Revoke an API key",
                access: .member(.change), responses: [.noContent("It is revoked on every server.")],
                problems: [.notFound], handler: h.apiKeys.delete),
            Endpoint(
                .get, "/api/v1/credits/ledger", "List the entries of the credit ledger", access: .key(.creditsRead),
                request: RequestSchema(query: LedgerSchema.query),
                responses: [.page(LedgerSchema.entry, "A page, newest first.")], handler: h.ledger.list),
            Endpoint(
                .get, "/api/v1/credits/statement", "Export a statement of the credit ledger",
                access: .key(.creditsRead), request: RequestSchema(query: LedgerSchema.period),
                responses: [
                    ResponseSchema(
                        status: .ok, description: "The entries, oldest first, with the balance after each.",
                        body: .other(mediaType: "text/csv"))
                ], handler: h.ledger.statement),
            Endpoint(
                .get, "/api/v1/credits", "Read the credits", access: .key(.creditsRead),
                responses: [.ok(OrganizationSchema.credits, "The credits.")], problems: [.notFound],
                handler: h.credits.read),
        ]
    }

    private static func customers(_ h: Handlers) -> [Endpoint] {
        [
            Endpoint(
                .post, "/api/v1/customers", "Create a customer", access: .key(.customersWrite),
                request: .json(CustomerSchema.create, isIdempotent: true),
                responses: [.created(CustomerSchema.view, "The customer.")], problems: [.conflict],
                handler: h.customers.create),
            Endpoint(
                .get, "/api/v1/customers", "List customers", access: .key(.customersRead), request: .page,
                responses: [.page(CustomerSchema.view, "A page, newest first.")], handler: h.customers.list),
            Endpoint(
                .get, "/api/v1/customers/{externalId}", "Read a customer", access: .key(.customersRead),
                responses: [.ok(CustomerSchema.view, "The customer.")], problems: [.notFound],
                handler: h.customers.read),
            Endpoint(
                .patch, "/api/v1/customers/{externalId}", "Change a customer", access: .key(.customersWrite),
                request: .json(CustomerSchema.change), responses: [.ok(CustomerSchema.view, "The customer.")],
                problems: [.notFound], handler: h.customers.change),
            Endpoint(
                .delete, "/api/v1/customers/{externalId}", "Erase a customer", access: .key(.customersWrite),
                responses: [.noContent("The customer is erased.")], problems: [.notFound],
                handler: h.customers.delete),
        ]
    }

    private static func pictures(_ h: Handlers) -> [Endpoint] {
        let refusals: [ProblemCode] = [.notFound, .conflict, .photoTooSmall, .photoTooLarge, .undecodablePicture]
        return [
            Endpoint(
                .post, "/api/v1/customers/{externalId}/photos", "Upload a photograph of a customer",
                access: .key(.customersWrite), request: .picture(field: "photo"),
                responses: [.ok(PictureSchema.photo, "The photograph.")], problems: refusals,
                handler: h.photos.add),
            Endpoint(
                .get, "/api/v1/customers/{externalId}/photos", "List the photographs of a customer",
                access: .key(.customersRead), request: .page,
                responses: [.page(PictureSchema.photo, "A page, newest first.")], problems: [.notFound],
                handler: h.photos.list),
            Endpoint(
                .get, "/api/v1/customers/{externalId}/photos/{photoId}", "Read a photograph, with a new link",
                access: .key(.customersRead), responses: [.ok(PictureSchema.photo, "The photograph.")],
                problems: [.notFound], handler: h.photos.read),
            Endpoint(
                .delete, "/api/v1/customers/{externalId}/photos/{photoId}", "Delete a photograph",
                access: .key(.customersWrite),
                responses: [.noContent("It is deleted; sessions that wait for it end as failed, uncharged.")],
                problems: [.notFound], handler: h.photos.delete),
            Endpoint(
                .post, "/api/v1/garments", "Upload a garment", access: .key(.tryonsWrite),
                request: .picture(field: "photo", query: [PictureSchema.category]),
                responses: [.created(PictureSchema.garment, "The garment.")], problems: refusals,
                handler: h.garments.add),
            Endpoint(
                .get, "/api/v1/garments", "List garments", access: .key(.tryonsRead), request: .page,
                responses: [.page(PictureSchema.garment, "A page, newest first.")], handler: h.garments.list),
            Endpoint(
                .get, "/api/v1/garments/{garmentId}", "Read a garment, with a new link", access: .key(.tryonsRead),
                responses: [.ok(PictureSchema.garment, "The garment.")], problems: [.notFound],
                handler: h.garments.read),
            Endpoint(
                .delete, "/api/v1/garments/{garmentId}", "Delete a garment", access: .key(.tryonsWrite),
                responses: [.noContent("It is deleted; items that wait for it fail, uncharged.")],
                problems: [.notFound], handler: h.garments.delete),
            Endpoint(
                .get, "/files/{path*}", "Read a file by a signed link", access: .anyone,
                request: RequestSchema(query: FileSchema.query),
                responses: [
                    ResponseSchema(status: .ok, description: "The file.", body: .other(mediaType: "image/*")),
                    ResponseSchema(
                        status: .partialContent, description: "The range that was asked for.",
                        body: .other(mediaType: "image/*")),
                    ResponseSchema(status: .notModified, description: "The client has the file.", body: .none),
                    ResponseSchema(status: .rangeNotSatisfiable, description: "The file is shorter.", body: .none),
                    ResponseSchema(status: .found, description: "Where the file is: an object store.", body: .none),
                ], problems: [.validationFailed, .forbidden, .notFound], handler: h.files.read),
        ]
    }

    private static func webhooks(_ h: Handlers) -> [Endpoint] {
        [
            Endpoint(
                .post, "/api/v1/webhooks", "Create a webhook", access: .key(.webhooksWrite),
                request: .json(WebhookSchema.create, isIdempotent: true),
                responses: [.created(WebhookSchema.created, "The webhook, with its secret.")],
                problems: [.conflict], handler: h.webhooks.create),
            Endpoint(
                .get, "/api/v1/webhooks", "List webhooks", access: .key(.webhooksRead), request: .page,
                responses: [.page(WebhookSchema.view, "A page, newest first.")], handler: h.webhooks.list),
            Endpoint(
                .get, "/api/v1/webhooks/{webhookId}", "Read a webhook", access: .key(.webhooksRead),
                responses: [.ok(WebhookSchema.view, "The webhook.")], problems: [.notFound],
                handler: h.webhooks.read),
            Endpoint(
                .patch, "/api/v1/webhooks/{webhookId}", "Change a webhook", access: .key(.webhooksWrite),
                request: .json(WebhookSchema.change),
                responses: [.ok(WebhookSchema.view, "The webhook as it is now.")], problems: [.notFound],
                handler: h.webhooks.change),
            Endpoint(
                .post, "/api/v1/webhooks/{webhookId}/test", "Send a test event to a webhook",
                access: .key(.webhooksWrite), request: RequestSchema(isIdempotent: true),
                responses: [.accepted(DeliverySchema.view, "The delivery of the test event.")],
                problems: [.notFound, .conflict], handler: h.deliveries.test),
            Endpoint(
                .post, "/api/v1/webhooks/{webhookId}/rotate-secret", "Replace the secret of a webhook",
                access: .key(.webhooksWrite), request: .json(WebhookSchema.rotate, isIdempotent: true),
                responses: [.ok(WebhookSchema.created, "The webhook, with its new secret.")], problems: [.notFound],
                handler: h.webhooks.rotateSecret),
            Endpoint(
                .post, "/api/v1/webhooks/{webhookId}/recover", "Send skipped and failed deliveries again",
                access: .key(.webhooksWrite), request: .json(WebhookSchema.recover, isIdempotent: true),
                responses: [.ok(WebhookSchema.recovered, "The number of deliveries.")],
                problems: [.notFound, .conflict], handler: h.webhooks.recover),
            Endpoint(
                .get, "/api/v1/webhooks/{webhookId}/deliveries", "List the deliveries of a webhook",
                access: .key(.webhooksRead), request: RequestSchema(query: DeliverySchema.query),
                responses: [.page(DeliverySchema.view, "A page, newest first.")], handler: h.deliveries.list),
            Endpoint(
                .get, "/api/v1/webhooks/{webhookId}/deliveries/{deliveryId}", "Read a delivery with its attempts",
                access: .key(.webhooksRead), responses: [.ok(DeliverySchema.detail, "The delivery.")],
                problems: [.notFound], handler: h.deliveries.read),
            Endpoint(
                .post, "/api/v1/webhooks/{webhookId}/deliveries/{deliveryId}/resend", "Send an event again",
                access: .key(.webhooksWrite), request: RequestSchema(isIdempotent: true),
                responses: [.accepted(DeliverySchema.view, "It is sent again.")], problems: [.notFound, .conflict],
                handler: h.deliveries.resend),
            Endpoint(
                .get, "/api/v1/webhooks/{webhookId}/stats", "Read the statistics of a webhook by hour",
                access: .key(.webhooksRead), request: RequestSchema(query: [WebhookStatsSchema.hours]),
                responses: [.ok(WebhookStatsSchema.view, "The statistics.")], problems: [.notFound],
                handler: h.webhookStats.read),
            Endpoint(
                .get, "/api/v1/event-types", "List the types of events that Drape sends", access: .anyone,
                responses: [.ok(EventTypeHandler.view, "The types.")], immediate: EventTypeHandler.list),
            Endpoint(
                .delete, "/api/v1/webhooks/{webhookId}", "Delete a webhook", access: .key(.webhooksWrite),
                responses: [.noContent("It is deleted.")], problems: [.notFound], handler: h.webhooks.delete),
        ]
    }

    private static func events(_ h: Handlers) -> [Endpoint] {
        let problems: [ProblemCode] = [.queueSaturated, .acceptanceUnknown]
        return [
            Endpoint(
                .post, "/api/v1/events", "Send an event to your own webhooks",
                access: .keyCountedByHandler(.eventsWrite),
                request: .json(EventSchema.create, isIdempotent: true),
                responses: [.accepted(EventSchema.accepted, "The event will be delivered.")], problems: problems,
                handler: h.events.create),
            Endpoint(
                .post, "/api/v1/events/batch", "Send up to 100 events to your own webhooks",
                access: .keyCountedByHandler(.eventsWrite),
                request: .json(EventSchema.batch, isIdempotent: true),
                responses: [.accepted(EventSchema.batchAccepted, "The events will be delivered.")], problems: problems,
                handler: h.events.createBatch),
        ]
    }

    private static func tryOns(_ h: Handlers) -> [Endpoint] {
        [
            Endpoint(
                .post, "/api/v1/cart-tryons", "Submit a cart try-on", access: .keyCountedByHandler(.tryonsWrite),
                request: .json(TryOnSchema.create, isIdempotent: true),
                responses: [.created(TryOnSchema.accepted, "The session is accepted.")],
                problems: [
                    .insufficientCredits, .customerHasNoPhoto, .unknownReference, .queueSaturated, .acceptanceUnknown,
                ], handler: h.tryOns.create),
            Endpoint(
                .get, "/api/v1/cart-tryons", "List cart try-ons", access: .key(.tryonsRead), request: .page,
                responses: [.page(TryOnSchema.view, "A page, newest first.")], handler: h.tryOns.list),
            Endpoint(
                .get, "/api/v1/cart-tryons/{sessionId}", "Read a cart try-on", access: .key(.tryonsRead),
                responses: [.ok(TryOnSchema.view, "The session.")], problems: [.notFound],
                handler: h.tryOns.read),
            Endpoint(
                .post, "/api/v1/cart-tryons/{sessionId}/cancel", "Cancel a cart try-on",
                access: .key(.tryonsWrite),
                responses: [
                    .ok(TryOnSchema.view, "The session is canceled, and was not charged for what is canceled."),
                    .accepted(TryOnSchema.view, "A worker has begun it: items that are not started will be refunded."),
                ], problems: [.notFound, .conflict], handler: h.tryOns.cancel),
            Endpoint(
                .get, "/api/v1/cart-tryons/{sessionId}/events", "Watch a cart try-on", access: .key(.tryonsRead),
                responses: [
                    ResponseSchema(
                        status: .ok, description: "Server-sent events until the session ends.",
                        body: .other(mediaType: "text/event-stream")),
                    .noContent("The session has ended, and the client has its last event."),
                ], problems: [.notFound], handler: h.watch.watch),
        ]
    }
}
