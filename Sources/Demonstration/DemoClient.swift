internal import Platform

/// Calls the API, and prints each request with its response on one line.
final class DemoClient {
    /// An unexpected response, or none.
    struct Failure: Error {
        let text: String
    }

    private let http: HTTPClient
    private let url: String
    private let parser = JSONParserHandle(bytesMax: 1 << 24)

    init(loop: EventLoop, url: String) {
        http = HTTPClient(
            loop: loop, policy: AddressPolicy(allowed: AddressRange.list("127.0.0.0/8,::1") ?? []),
            resolver: HostResolver(loop: loop))
        self.url = url
    }

    /// Sends JSON, and returns the members of the response.
    func post(_ path: String, _ credential: String, _ json: String) async throws(Failure) -> [String: JSONNode] {
        try await send(path, credential, "application/json", Array(json.utf8))
    }

    func send(
        _ path: String, _ credential: String, _ type: String, _ body: [UInt8]
    ) async throws(Failure) -> [String: JSONNode] {
        var request = HTTPClientRequest(url: url + path, method: .post(body), bytesMax: 1 << 24)
        request.fields = ["Content-Type: \(type)", "Expect:", credential]
        return members(try await perform("POST", path, request, isShown: true))
    }

    func get(_ path: String, _ credential: String, isShown: Bool = true) async throws(Failure) -> [String: JSONNode] {
        var request = HTTPClientRequest(url: url + path, method: .get, bytesMax: 1 << 24)
        request.fields = [credential]
        return members(try await perform("GET", path, request, isShown: isShown))
    }

    /// Downloads the file of a signed link.
    func download(_ link: String) async throws(Failure) -> [UInt8] {
        try await perform("GET", link, HTTPClientRequest(url: link, method: .get, bytesMax: 1 << 24), isShown: false)
            .body
    }

    private func perform(
        _ method: String, _ path: String, _ request: HTTPClientRequest, isShown: Bool
    ) async throws(Failure) -> HTTPClientResponse {
        var request = request
        request.allowsHTTP = true
        switch await http.send(request) {
        case .failure(let error): throw Failure(text: "\(method) \(path): \(error.message)")
        case .success(let answer):
            let text = String(decoding: answer.body.prefix(150), as: UTF8.self)
            if isShown { print("  \(method) \(path) → \(answer.status) \(text)\(answer.body.count > 150 ? "…" : "")") }
            if answer.status >= 300 {
                throw Failure(text: "\(method) \(path) was answered with \(answer.status): \(text)")
            }
            return answer
        }
    }

    private func members(_ answer: HTTPClientResponse) -> [String: JSONNode] {
        do throws(JSONError) {
            let found = try parser.parse(answer.body).root.members ?? []
            return Dictionary(found.map { ($0.name, $0.value) }) { first, _ in first }
        } catch {
            return [:]
        }
    }
}
