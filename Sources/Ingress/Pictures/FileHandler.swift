internal import Domain
internal import Platform

/// Serves stored files to clients that have a signed link that has not expired.
final class FileHandler {
    private let links: SignedLinks
    private let objects: any ObjectStore

    init(links: SignedLinks, objects: any ObjectStore) {
        self.links = links
        self.objects = objects
    }

    func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let path = try context.parameter(0)
        let query = Dictionary(try context.query().map { ($0.name, $0.value) }) { first, _ in first }
        guard let expires = query["expires"].flatMap({ Int64($0) }), let signature = query["signature"],
            ObjectPath.isValid(path), links.accepts(path, expires: expires, signature: signature, at: context.now)
        else { throw Problem(.forbidden, "this link is not valid, or has expired") }
        let body: HTTPResponseBody
        switch await objects.open(path) {
        case .success(.file(let file)): body = .file(file)
        case .success(.bytes(let bytes)): body = .bytes(bytes)
        case .failure(.missing): throw .notFound("file")
        case .failure(.system): throw Problem(.storeUnavailable, "the file could not be read; try again later")
        case .failure(.busy): throw Problem(.storeUnavailable, "too many files are being read; try again later")
        }
        var response = HTTPResponse(.ok, body: body)
        let types = ["jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"]
        response.set(
            "Content-Type", types[path.split(separator: ".").last.map(String.init) ?? ""] ?? "application/octet-stream")
        response.set("Cache-Control", "private, max-age=\(max(0, expires - context.now.unixSeconds)), immutable")
        response.set("Cross-Origin-Resource-Policy", static: "cross-origin")
        return response
    }
}
