/// The health responses of a process: liveness and readiness.
package final class Health {
    /// The check of one dependency that the process needs to serve.
    package struct Check {
        let name: StaticString
        let isHealthy: () async -> Bool

        package init(_ name: StaticString, isHealthy: @escaping () async -> Bool) {
            self.name = name
            self.isHealthy = isHealthy
        }
    }

    private let uptime = Stopwatch()
    private let liveWord: String
    private let readyWord: String
    private let checks: [Check]
    private let isStopping: () -> Bool
    /// The last liveness response; its body changes once a second.
    private var lastLive: (seconds: Int64, response: HTTPResponse)?

    /// - Parameters:
    ///   - checks: what the process needs.
    ///   - liveWord: the status in the body of a process that answers.
    ///   - readyWord: the status in the body of a process that is ready.
    ///   - isStopping: whether the process has been asked to stop.
    package init(
        checks: [Check], liveWord: String = "alive", readyWord: String = "ready", isStopping: @escaping () -> Bool
    ) {
        self.liveWord = liveWord
        self.readyWord = readyWord
        self.checks = checks
        self.isStopping = isStopping
    }

    /// Liveness: the process answers; no check is run.
    package func live() -> HTTPResponse {
        let seconds = uptimeSeconds
        if let lastLive, lastLive.seconds == seconds { return lastLive.response }
        let made = response(.ok, liveWord, [])
        lastLive = (seconds, made)
        return made
    }

    private var uptimeSeconds: Int64 { uptime.nanoseconds / 1_000_000_000 }

    /// Readiness, for load balancers: all checks pass, and the process is not stopping.
    package func ready() async -> HTTPResponse {
        let results = await results()
        let isReady = results.allSatisfy(\.1) && !isStopping()
        return response(isReady ? .ok : .serviceUnavailable, isReady ? readyWord : "not ready", results)
    }

    /// The result of every check by name; unlike `ready`, it ignores whether the process is stopping.
    package func report() async -> HTTPResponse {
        let results = await results()
        let isHealthy = results.allSatisfy(\.1)
        return response(isHealthy ? .ok : .serviceUnavailable, isHealthy ? "ok" : "degraded", results)
    }

    private func results() async -> [(StaticString, Bool)] {
        var results: [(StaticString, Bool)] = []
        for check in checks { results.append((check.name, await check.isHealthy())) }
        return results
    }

    private func response(_ status: HTTPStatus, _ text: String, _ results: [(StaticString, Bool)]) -> HTTPResponse {
        let body = JSONWriter.object(capacity: 256) { json in
            json.field("status", text)
            json.field("version", BuildVersion.text)
            json.field("uptimeSeconds", uptimeSeconds)
            json.key("checks")
            json.object { json in
                for (name, isHealthy) in results { json.field(name, isHealthy ? "ok" : "failing") }
            }
        }
        var response = HTTPResponse(status, type: "application/json", body: body)
        response.set("Cache-Control", static: "no-store")
        return response
    }
}
