internal import Platform

/// Serves stored files to clients that have a signed link that has not expired.
final class FileHandler {
    private let links: SignedLinks
    private let objects: ObjectStore
    private let pool: BlockingPool

    init(links: SignedLinks, objects: ObjectStore, pool: BlockingPool) {
        self.links = links
        self.objects = objects
        self.pool = pool
    }

    func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let path = try context.parameter(0)
        let query = Dictionary(try context.query().map { ($0.name, $0.value) }) { first, _ in first }
        guard let expires = query["expires"].flatMap({ Int64($0) }), let signature = query["signature"],
            ObjectStore.isValid(path), links.accepts(path, expires: expires, signature: signature, at: context.now)
        else { throw Problem(.forbidden, "this link is not valid, or has expired") }
        let objects = self.objects
        let opened = await pool.run { () -> Result<ReadableFile, ObjectStore.Failure> in
            do throws(ObjectStore.Failure) {
                return .success(try objects.open(path))
            } catch {
                return .failure(error)
            }
        }
        let file: ReadableFile
        switch opened {
        case .success(let found)?: file = found
        case .failure(.missing)?: throw .notFound("file")
        case .failure(.system)?: throw Problem(.storeUnavailable, "the file could not be read; try again later")
        case nil: throw Problem(.storeUnavailable, "too many files are being read; try again later")
        }
        var response = HTTPResponse(.ok, body: .file(file))
        let types = ["jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"]
        response.set(
            "Content-Type", types[path.split(separator: ".").last.map(String.init) ?? ""] ?? "application/octet-stream")
        response.set("Cache-Control", "private, max-age=\(max(0, expires - context.now.unixSeconds)), immutable")
        response.set("Cross-Origin-Resource-Policy", "cross-origin")
        return response
    }
}
