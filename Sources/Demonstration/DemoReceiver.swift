internal import Platform

/// A webhook endpoint that stores what it receives, and responds with 204.
final class DemoReceiver: SimpleHTTPResponder {
    struct Received {
        let id: String
        let timestamp: Int64
        let signature: String
        let body: [UInt8]
    }

    private(set) var received: [Received] = []

    func bodyPolicy(for head: HTTPRequestHead) -> HTTPBodyPolicy { HTTPBodyPolicy(bytesMax: 1 << 20) }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let body = if case .bytes(let bytes) = request.body { bytes } else { [UInt8]() }
        func field(_ name: String) -> String { request.head.headers[text: name] ?? "" }
        received.append(
            Received(
                id: field("webhook-id"), timestamp: Int64(field("webhook-timestamp")) ?? 0,
                signature: field("webhook-signature"), body: body))
        return HTTPResponse(.noContent)
    }

    func refuse(_ error: HTTPParseError) -> HTTPResponse { HTTPResponse(error.status) }
}
