internal import Domain
internal import Platform

/// Prepares the uploaded picture of a request, and stores its files.
final class PictureUpload {
    /// What is uploaded.
    enum Kind {
        case photo, garment
    }

    /// A stored picture.
    struct Stored: Sendable {
        let picture: PreparedPicture
        /// The path of the whole picture.
        let path: String
        var bytes: Int { picture.files[0].bytes.count }
        var paths: [String] { picture.files.map { $0.part.path(path) } }
    }

    private let pool: BlockingPool
    private let objects: any ObjectStore
    private let faces: FaceDetectors
    /// Bounds the pictures in memory; one organization leaves a thread to others.
    private let places: FairSemaphore<OrganizationID>
    /// Bounds the pictures that may take hundreds of megabytes while they are decoded.
    private let largePlaces = FairSemaphore<OrganizationID>(permitsMax: 2, permitsMaxOfOne: 1)
    private static let largePixels = 12_000_000

    init(pool: BlockingPool, objects: any ObjectStore, faces: FaceDetectors) {
        places = FairSemaphore(permitsMax: pool.threads + 2, permitsMaxOfOne: max(1, pool.threads - 1))
        self.pool = pool
        self.objects = objects
        self.faces = faces
    }

    /// Stores the picture of a request.
    ///
    /// `field` is its name in a multipart body; `path` returns its path in the object store for its format.
    func store(
        _ kind: Kind, _ context: RequestContext, of organization: OrganizationID, field: String,
        path: @escaping @Sendable (PictureFormat) -> String
    ) async throws(Problem) -> Stored {
        await places.acquire(organization)
        defer { places.release(organization) }
        let type = context.head.headers[.contentType] ?? ""
        let body = UploadedBody(context.body)
        let faces = faces
        let sent = try await run { Self.picture(in: body, type: type, field: field) }
        let isLarge = try await run { .success(Self.isLarge(sent)) }
        if isLarge { await largePlaces.acquire(organization) }
        defer { if isLarge { largePlaces.release(organization) } }
        let picture = try await run { Self.prepare(kind, sent, faces) }
        let stored = Stored(picture: picture, path: path(picture.info.format))
        for (part, bytes) in picture.files {
            guard case .failure = await objects.put(part.path(stored.path), bytes) else { continue }
            await delete(stored.paths)
            throw Problem(.storeUnavailable, "the picture could not be stored; try again later")
        }
        return stored
    }

    private func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Result<Value, Problem>
    ) async throws(Problem) -> Value {
        guard let result = await pool.run(work) else {
            throw Problem(.storeUnavailable, "too many pictures are being checked; try again later")
        }
        return try result.get()
    }

    /// Deletes files that no row names any more.
    /// - Returns: whether all of them are gone.
    @discardableResult
    func delete(_ paths: [String]) async -> Bool {
        await objects.deletePictures(paths).isEmpty
    }

    // MARK: Checks, on a thread of the pool

    /// The bytes of the picture in a request's body.
    private static func picture(in body: UploadedBody, type: String, field: String) -> Result<[UInt8], Problem> {
        guard let whole = body.contents() else {
            return .failure(Problem(.storeUnavailable, "the body could not be read back; try again later"))
        }
        let media = type.lowercased().prefix { $0 != ";" && $0 != " " }
        let bytes: [UInt8]
        if media == "multipart/form-data" {
            guard let part = Multipart.part(named: field, in: whole, type: type) else {
                return .failure(Problem(.malformedRequest, "the multipart body has no field \"\(field)\""))
            }
            bytes = part
        } else if ["image/jpeg", "image/png", "image/webp"].contains(String(media)) {
            bytes = whole
        } else {
            return .failure(
                Problem(
                    .unsupportedMediaType,
                    "send image/jpeg, image/png or image/webp, or multipart/form-data with the field \"\(field)\""))
        }
        if bytes.count > PictureCheck.bytesMax {
            return .failure(Problem(.contentTooLarge, "a picture has at most \(PictureCheck.bytesMax) bytes"))
        }
        return .success(bytes)
    }

    private static func isLarge(_ bytes: [UInt8]) -> Bool {
        let info = PictureHandle.probe(PictureContainer.withoutTexts(bytes))
        return info.map { $0.width * $0.height > largePixels } ?? false
    }

    private static func prepare(
        _ kind: Kind, _ bytes: [UInt8], _ faces: FaceDetectors
    ) -> Result<PreparedPicture, Problem> {
        do throws(PictureCheck.Failure) {
            switch kind {
            case .photo: return .success(try PreparedPicture.photo(bytes, faces))
            case .garment: return .success(try PreparedPicture.garment(bytes))
            }
        } catch {
            return .failure(problem(error))
        }
    }

    private static func problem(_ failure: PictureCheck.Failure) -> Problem {
        let sides = PictureCheck.sidePixels
        let allowed =
            "\(sides.lowerBound) to \(sides.upperBound) pixels a side, at most \(PictureCheck.pixelsMax) in all"
        switch failure {
        case .notAPicture: return Problem(.unsupportedMediaType, "the content is not a JPEG, PNG or WebP picture")
        case .tooSmall(let width, let height):
            return Problem(.photoTooSmall, "the picture has \(width) × \(height) pixels; allowed: \(allowed)")
        case .tooLarge(let width, let height):
            return Problem(.photoTooLarge, "the picture has \(width) × \(height) pixels; allowed: \(allowed)")
        case .undecodable: return Problem(.undecodablePicture, "the picture is truncated or broken")
        }
    }
}

/// A request body that can be sent to another thread.
enum UploadedBody: Sendable {
    case bytes([UInt8])
    case spool(HTTPBodySpool)

    init(_ body: HTTPBody) {
        switch body {
        case .bytes(let bytes): self = .bytes(bytes)
        case .file(let spool): self = .spool(spool)
        }
    }

    /// The whole body; nil if its file cannot be read; blocks while it reads the file.
    func contents() -> [UInt8]? {
        switch self {
        case .bytes(let bytes): return bytes
        case .spool(let spool):
            do throws(SystemError) {
                return try spool.contents()
            } catch {
                return nil
            }
        }
    }
}
