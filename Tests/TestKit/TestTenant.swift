import Platform

/// An organisation with an API key.
package struct TestTenant: Sendable {
    /// Kept running as long as the tenant exists.
    package let stack: TestStack
    package let organizationID: String
    package let keyID: String
    package let key: String
    package let admin: TestClient
    package let client: TestClient

    /// Creates a customer, and inserts a photo and a garment directly into the database.
    package func addCatalogue(customer: String = "shopper-42") throws -> (photo: String, garment: String) {
        var random = SystemRandomSource()
        let now = SystemClock().now()
        let made = try client.post("/api/v1/customers", #"{"externalId":"\#(customer)"}"#)
        let photo = TestPhotoID(at: now, random: &random)
        let garment = TestGarmentID(at: now, random: &random)
        let environment = key.hasPrefix("drape_test") ? "test" : "live"
        let tail = "'p', 'image/png', 500, 500, 1, 'x', NOW(3), NULL"
        let (organization, id) = (organizationID, made.string("id"))
        let columns = "id, organization_id, environment"
        let more = "object_path, media_type, width, height, bytes, sha256, created_at, deleted_at"
        _ = stack.sql(
            "INSERT INTO photos (\(columns), customer_id, \(more)) VALUES ('\(photo)', '\(organization)', '\(environment)', '\(id)', \(tail));"
                + "INSERT INTO garments (\(columns), category, \(more)) VALUES ('\(garment)', '\(organization)', '\(environment)', 'top', \(tail))"
        )
        return (photo.description, garment.description)
    }

    /// Requests a try-on of garments.
    package func tryOn(
        _ garments: [String], customer: String = "shopper-42", quality: String = "SD", idempotencyKey: String? = nil
    ) throws -> TestAnswer {
        let items = garments.enumerated().map { #"{"sku":"S\#($0)","garmentId":"\#($1)"}"# }.joined(separator: ",")
        let client = idempotencyKey.map { self.client.with(["Idempotency-Key": $0]) } ?? self.client
        return try client.post(
            "/api/v1/cart-tryons",
            #"{"customerId":"\#(customer)","cartId":"c","quality":"\#(quality)","items":[\#(items)]}"#)
    }

    /// This tenant with additional header fields on every request.
    package func with(_ fields: [String: String]) -> TestTenant {
        TestTenant(
            stack: stack, organizationID: organizationID, keyID: keyID, key: key, admin: admin,
            client: client.with(fields))
    }

    /// The status of a session.
    package func status(_ id: String) throws -> String {
        try client.get("/api/v1/cart-tryons/\(id)").string("status")
    }

    /// Waits until a session has ended.
    package func waitForEnd(_ id: String) async throws {
        try await poll("the end of \(id)") {
            !["queued", "processing"].contains(try status(id))
        }
    }

    /// The types of the events of ended sessions, as JSON strings.
    package static let ends =
        #""tryon.completed","tryon.partially_completed","tryon.failed","tryon.canceled","tryon.expired""#

    /// Registers an endpoint for events.
    package func hook(_ url: String, _ events: String = TestTenant.ends) throws -> TestAnswer {
        try client.post("/api/v1/webhooks", #"{"url":"\#(url)","events":[\#(events)]}"#)
    }

    /// Adds an endpoint that cannot be reached: events are kept only if an endpoint subscribes to them.
    package func keepEvents() throws {
        let answer = try hook("https://drape.invalid/hook")
        guard answer.status == 201 else { throw ServerProcess.Failure.notReady(answer.description) }
    }
}

// The kit knows Platform alone, so that Platform is tested without the layers above it.
private struct TestPhotoID: Identity {
    static let prefix: StaticString = "pho"
    let value: UInt128
}

private struct TestGarmentID: Identity {
    static let prefix: StaticString = "gar"
    let value: UInt128
}
