internal import Shared

/// Finds the route of a request: a tree of path segments, where a placeholder takes any one segment.
final class Router {
    typealias Handler = (RequestContext) async throws(Problem) -> HTTPResponse

    /// What is served at one path by one method.
    final class Route {
        /// The path with its placeholders: it names no customer.
        let template: String
        let bodyBytesMax: Int
        let handler: Handler

        init(template: String, bodyBytesMax: Int, handler: @escaping Handler) {
            self.template = template
            self.bodyBytesMax = bodyBytesMax
            self.handler = handler
        }
    }

    enum Match {
        case route(Route, parameters: [Substring])
        case methodNotAllowed([HTTPMethod])
        case notFound
    }

    private final class Node {
        var segments: [Substring: Node] = [:]
        var placeholder: Node?
        /// Takes all that is left of a path.
        var rest: Node?
        var routes: [HTTPMethod: Route] = [:]
    }

    private let root = Node()
    /// The nodes of paths without placeholders, found in one step.
    private var plain: [String: Node] = [:]

    /// Adds a route.
    ///
    /// A segment in braces is a placeholder: `/api/v1/customers/{externalId}`; one with a star takes the rest of the path.
    func add(_ method: HTTPMethod, _ path: String, bodyBytesMax: Int = 0, _ handler: @escaping Handler) {
        var node = root
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
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
        precondition(node.routes[method] == nil, "a route is declared twice")
        if !path.utf8.contains(UInt8(ascii: "{")) { plain[path] = node }
        node.routes[method] = Route(template: path, bodyBytesMax: bodyBytesMax, handler: handler)
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
        if let route = node.routes[method == .head ? .get : method] { return .route(route, parameters: parameters) }
        if node.routes.isEmpty { return .notFound }
        var allowed = node.routes.keys.sorted { $0.description < $1.description }
        if node.routes[.get] != nil { allowed.append(.head) }
        return .methodNotAllowed(allowed)
    }

    /// `/api/public/v1` is another name of `/api/v1`.
    private func canonical(_ path: String) -> Substring {
        let alias = "/api/public/v1/"
        return path.hasPrefix(alias) ? "/api/v1/" + path.dropFirst(alias.count) : path[...]
    }
}
