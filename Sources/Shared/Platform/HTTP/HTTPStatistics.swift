/// The counters of all HTTP listeners of a process.
package final class HTTPStatistics: Sendable {
    package let connections = Gauge()
    package let spoolBytes = Gauge()
    private let responses: [Counter] = (0..<6).map { _ in Counter() }

    package init() {}

    func count(_ status: HTTPStatus) {
        responses[status.code / 100].add(1)
    }

    /// The number of responses whose status begins with `digit`.
    package func responses(class digit: Int) -> Int {
        responses[digit].value
    }
}
