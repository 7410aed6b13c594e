internal import Shared

/// Says whether this process lives, and whether it can serve.
final class HealthHandler {
    /// A part that the process cannot serve without.
    struct Check {
        let name: StaticString
        let isHealthy: () async -> Bool
    }

    private let startedAt = ContinuousClock.now
    private let checks: [Check]
    private let isStopping: () -> Bool

    init(checks: [Check], isStopping: @escaping () -> Bool) {
        self.checks = checks
        self.isStopping = isStopping
    }

    /// The process answers: that is all.
    func live(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        answer(.ok, "alive", [])
    }

    /// The process can serve, and is not stopping: what a load balancer asks.
    func ready(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let results = await results()
        let isReady = results.allSatisfy(\.1) && !isStopping()
        return answer(isReady ? .ok : .serviceUnavailable, isReady ? "ready" : "not ready", results)
    }

    /// Every part by name.
    func health(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let results = await results()
        let isHealthy = results.allSatisfy(\.1)
        return answer(isHealthy ? .ok : .serviceUnavailable, isHealthy ? "ok" : "degraded", results)
    }

    private func results() async -> [(StaticString, Bool)] {
        var results: [(StaticString, Bool)] = []
        for check in checks { results.append((check.name, await check.isHealthy())) }
        return results
    }

    private func answer(_ status: HTTPStatus, _ text: String, _ results: [(StaticString, Bool)]) -> HTTPResponse {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("status", text)
            json.field("version", BuildVersion.text)
            json.field("uptimeSeconds", Int((ContinuousClock.now - startedAt).inSeconds))
            json.key("checks")
            json.object { json in
                for (name, isHealthy) in results { json.field(name, isHealthy ? "ok" : "failing") }
            }
        }
        var response = HTTPResponse(status, type: "application/json", body: json.bytes)
        response.set("Cache-Control", "no-store")
        return response
    }
}
