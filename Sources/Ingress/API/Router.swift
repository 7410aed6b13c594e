internal import Platform

/// Finds the endpoint of a request in a tree of path segments; a placeholder matches any one segment.
final class Router {
    enum Match {
        case endpoint(Endpoint, parameters: [Substring])
        case methodNotAllowed([HTTPMethod])
        case notFound
    }

    private final class Node {
        var segments: [Substring: Node] = [:]
        var placeholder: Node?
        /// Matches the rest of a path.
        var rest: Node?
        /// One for each method; few, so that a search is faster than a hash.
        var endpoints: [Endpoint] = []

        func endpoint(_ method: HTTPMethod) -> Endpoint? { endpoints.first { $0.method == method } }
    }

    private let root = Node()
    /// The nodes of paths without placeholders, for lookup in one step.
    private var plain: [String: Node] = [:]

    /// A segment in braces is a placeholder: `/api/v1/customers/{externalId}`; one with a star matches the path's rest.
    init(_ endpoints: [Endpoint]) {
        for endpoint in endpoints { add(endpoint) }
    }

    private func add(_ endpoint: Endpoint) {
        var node = root
        for segment in endpoint.path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if segment.hasSuffix("*}") {
                let next = node.rest ?? Node()
                node.rest = next
                node = next
            } else if segment.hasPrefix("{") {
                let next = node.placeholder ?? Node()
                node.placeholder = next
                node = next
            } else {
                let next = node.segments[segment] ?? Node()
                node.segments[segment] = next
                node = next
            }
        }
        precondition(node.endpoint(endpoint.method) == nil, "an endpoint is declared twice")
        if !endpoint.path.utf8.contains(UInt8(ascii: "{")) { plain[endpoint.path] = node }
        node.endpoints.append(endpoint)
    }

    func match(_ method: HTTPMethod, _ path: String) -> Match {
        if let node = plain[path] { return match(method, node, []) }
        guard path.utf8.first == UInt8(ascii: "/") else { return .notFound }
        var node = root
        var parameters: [Substring] = []
        let canonical = canonical(path)
        for segment in canonical.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if let next = node.segments[segment] {
                node = next
            } else if let next = node.placeholder, !segment.isEmpty {
                parameters.append(segment)
                node = next
            } else if let next = node.rest, !segment.isEmpty {
                parameters.append(canonical[segment.startIndex...])
                node = next
                break
            } else {
                return .notFound
            }
        }
        return match(method, node, parameters)
    }

    private func match(_ method: HTTPMethod, _ node: Node, _ parameters: [Substring]) -> Match {
        if let endpoint = node.endpoint(method == .head ? .get : method) {
            return .endpoint(endpoint, parameters: parameters)
        }
        if node.endpoints.isEmpty { return .notFound }
        var allowed = node.endpoints.map(\.method).sorted { $0.description < $1.description }
        if node.endpoint(.get) != nil { allowed.append(.head) }
        return .methodNotAllowed(allowed)
    }

    /// Resolves the alias `/api/public/v1` to `/api/v1`.
    private func canonical(_ path: String) -> Substring {
        let alias = "/api/public/v1/"
        return path.hasPrefix(alias) ? "/api/v1/" + path.dropFirst(alias.count) : path[...]
    }
}
