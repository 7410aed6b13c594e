internal import Domain
internal import Platform

/// Serves stored files to clients that have a signed link that has not expired.
final class FileHandler {
    private let links: SignedLinks
    private let objects: any ObjectStore
    private let variants: PictureVariants

    init(links: SignedLinks, objects: any ObjectStore, variants: PictureVariants) {
        self.links = links
        self.objects = objects
        self.variants = variants
    }

    func read(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let path = try context.parameter(0)
        // Any other fault of the query makes the link invalid, so the faults are not reported one by one.
        let query = try QueryReader(context)
        guard let expires = query.integer(FileSchema.expires), let signature = query.text(FileSchema.signature),
            ObjectPath.isValid(path), links.accepts(path, expires: expires, signature: signature, at: context.now)
        else { throw Problem(.forbidden, "this link is not valid, or has expired") }
        let width = query.choice(FileSchema.width, PictureWidth.self)
        let isWidthWrong = query.faults.faults.contains { $0.pointer == "\(FileSchema.width.name)" }
        if isWidthWrong { try query.faults.check() }
        var response: HTTPResponse
        switch await open(path, width, isHead: context.head.method == .head) {
        case .success(.file(let file)): response = Self.response(context.head.headers, file)
        case .success(.bytes(let bytes)): response = HTTPResponse(.ok, body: .bytes(bytes))
        case .success(.link(let url)): return redirect(to: url, isHead: context.head.method == .head)
        case .failure(.missing): throw .notFound("file")
        case .failure(.system), .failure(.refused), .failure(.unavailable):
            throw Problem(.storeUnavailable, "the file could not be read; try again later")
        case .failure(.busy): throw Problem(.storeUnavailable, "too many files are being read; try again later")
        }
        let types = ["jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"]
        response.set(
            "Content-Type", types[path.split(separator: ".").last.map(String.init) ?? ""] ?? "application/octet-stream")
        response.set("Cache-Control", "private, max-age=\(max(0, expires - context.now.unixSeconds)), immutable")
        response.set("Cross-Origin-Resource-Policy", static: "cross-origin")
        return response
    }

    private func open(
        _ path: String, _ width: PictureWidth?, isHead: Bool
    ) async -> Result<ObjectContent, ObjectStoreError> {
        guard let width else { return await objects.open(path, isHead: isHead) }
        return await variants.open(path, width, isHead: isHead)
    }

    /// The file, a part of it, or that the client has it already.
    ///
    /// Source: RFC 9110, sections 13 and 14.
    private static func response(_ fields: HTTPHeaders, _ file: ReadableFile) -> HTTPResponse {
        let tag = "\"\(file.version)\""
        var response: HTTPResponse
        let known = fields[text: "if-none-match"]
        let condition = fields[text: "if-range"]
        let range = condition == nil || condition == tag ? fields[text: "range"] : nil
        if let known, known == "*" || known.split(separator: ",").contains(where: { Self.tag($0) == tag }) {
            response = HTTPResponse(.notModified)
        } else {
            switch HTTPRange(range, of: file.count) {
            case .whole: response = HTTPResponse(.ok, body: .file(FilePart(file)))
            case .part(let part):
                response = HTTPResponse(.partialContent, body: .file(FilePart(file, part)))
                response.set("Content-Range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.count)")
            case .unsatisfiable:
                response = HTTPResponse(.rangeNotSatisfiable)
                response.set("Content-Range", "bytes */\(file.count)")
            }
        }
        response.set("ETag", tag)
        response.set("Accept-Ranges", static: "bytes")
        return response
    }

    /// A tag of a list, compared weakly.
    private static func tag(_ text: Substring) -> Substring {
        let bare = text.drop { $0 == " " }
        return (bare.hasPrefix("W/") ? bare.dropFirst(2) : bare).prefix { $0 != " " }
    }

    /// The client gets the file from the store itself, by a link that lives for minutes.
    private func redirect(to url: String, isHead: Bool) -> HTTPResponse {
        var response = HTTPResponse(.found)
        response.set("Location", url)
        // Shorter than the link lives. A link for HEAD is of no use to a GET.
        response.set("Cache-Control", isHead ? "no-store" : "private, max-age=120")
        return response
    }
}
