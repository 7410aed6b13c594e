import Platform
import Testing

@testable import Ingress

@Suite("The router")
struct RouterTests {
    static func router() -> Router {
        Router(
            [
                (HTTPMethod.get, "/api/v1/customers"), (.post, "/api/v1/customers"),
                (.get, "/api/v1/customers/{externalId}"), (.post, "/api/v1/customers/{externalId}/photos"),
            ].map { method, path in
                Endpoint(method, path, "", access: .anyone, responses: []) { _ in HTTPResponse(.ok) }
            })
    }

    static func outcome(_ method: HTTPMethod, _ path: String) -> String {
        switch router().match(method, path) {
        case .endpoint(_, let parameters): "route \(parameters.joined(separator: ","))"
        case .methodNotAllowed(let allowed): "allow \(allowed.map(\.description).joined(separator: ","))"
        case .notFound: "none"
        }
    }

    @Test(
        "paths find their routes",
        arguments: [
            (HTTPMethod.get, "/api/v1/customers", "route "),
            (.head, "/api/v1/customers", "route "),
            (.get, "/api/public/v1/customers", "route "),
            (.get, "/api/v1/customers/a%2Fb", "route a%2Fb"),
            (.post, "/api/v1/customers/x/photos", "route x"),
            (.delete, "/api/v1/customers", "allow GET,POST,HEAD"),
            (.get, "/api/v1/customers/", "none"),
            (.get, "/api/v1", "none"),
            (.get, "/", "none"),
            (.options, "*", "none"),
        ])
    func matches(method: HTTPMethod, path: String, expected: String) {
        #expect(Self.outcome(method, path) == expected)
    }
}
