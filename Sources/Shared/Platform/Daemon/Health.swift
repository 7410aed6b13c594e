/// The health responses of a process: liveness and readiness.
package final class Health {
    /// The state of one dependency.
    package enum State {
        case ok
        /// The process serves; the word says what is wrong.
        case warning(StaticString)
        case failing

        var isServing: Bool {
            if case .failing = self { false } else { true }
        }

        fileprivate var word: StaticString {
            switch self {
            case .ok: "ok"
            case .warning(let word): word
            case .failing: "failing"
            }
        }
    }

    /// The check of one dependency that the process needs to serve.
    package struct Check {
        let name: StaticString
        let state: () async -> State

        package init(_ name: StaticString, state: @escaping () async -> State) {
            self.name = name
            self.state = state
        }

        package init(_ name: StaticString, isHealthy: @escaping () async -> Bool) {
            self.init(name) { () async -> State in await isHealthy() ? .ok : .failing }
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
        let isReady = results.allSatisfy(\.1.isServing) && !isStopping()
        return response(isReady ? .ok : .serviceUnavailable, isReady ? readyWord : "not ready", results)
    }

    /// The result of every check by name; unlike `ready`, it ignores whether the process is stopping.
    package func report() async -> HTTPResponse {
        let results = await results()
        let isHealthy = results.allSatisfy(\.1.isServing)
        return response(isHealthy ? .ok : .serviceUnavailable, isHealthy ? "ok" : "degraded", results)
    }

    private func results() async -> [(StaticString, State)] {
        var results: [(StaticString, State)] = []
        for check in checks { results.append((check.name, await check.state())) }
        return results
    }

    private func response(_ status: HTTPStatus, _ text: String, _ results: [(StaticString, State)]) -> HTTPResponse {
        let body = JSONWriter.object(capacity: 256) { json in
            json.field("status", text)
            json.field("version", BuildVersion.text)
            json.field("uptimeSeconds", uptimeSeconds)
            json.key("checks")
            json.object { json in
                for (name, state) in results { json.field(name, "\(state.word)") }
            }
        }
        var response = HTTPResponse(status, type: "application/json", body: body)
        response.set("Cache-Control", static: "no-store")
        return response
    }
}
