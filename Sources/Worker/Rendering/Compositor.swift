internal import Domain
internal import Platform

/// Composes the garment onto the body region of its category.
///
/// It is a preview, not a photoreal model.
///
/// The same photo and garment give the same bytes.
final class Compositor: Renderer {
    let name = "compositor"
    private let mysql: MySQLPool
    private let objects: any ObjectStore
    private let pool: BlockingPool
    private let fetcher: GarmentFetcher
    /// Bounds the fetched garments in memory (up to ten megabytes each), in total and for each organisation.
    private let permits = FairSemaphore<OrganizationID>(permitsMax: 64, permitsMaxOfOne: 16)
    /// Bounds the stored pictures in memory; one organization leaves a place to others.
    private let places: FairSemaphore<OrganizationID>

    init(mysql: MySQLPool, objects: any ObjectStore, pool: BlockingPool, fetcher: GarmentFetcher) {
        // Two more than there are threads, so that files are read and written while others are composed.
        places = FairSemaphore(permitsMax: pool.threads + 2, permitsMaxOfOne: pool.threads + 1)
        self.mysql = mysql
        self.objects = objects
        self.pool = pool
        self.fetcher = fetcher
    }

    func render(_ work: ItemWork, of session: ClaimedTryOn) async -> Result<ItemResult.Picture, RenderFailure> {
        let paths: (photo: String?, garment: String?)
        switch await mysql.attempt({ connection throws(MySQLError) -> (String?, String?) in
            let photo = try connection.query(CompositorStatements.photo, [.id(session.photoID)]).first
            guard let id = work.garmentID else { return (photo?.text("object_path"), nil) }
            let garment = try connection.query(CompositorStatements.garment, [.id(id)]).first
            return (photo?.text("object_path"), garment?.text("object_path"))
        }) {
        case .success(let found): paths = found
        case .failure(let error): return .failure(error.isTransient ? .busy : .retry(error))
        }
        guard let photo = paths.photo else {
            return .failure(.item(ItemFailure(code: "photo_unavailable", message: "the photo is gone")))
        }
        if work.garmentID != nil, paths.garment == nil {
            return .failure(.item(ItemFailure(code: "garment_unavailable", message: "the garment is gone")))
        }
        guard let url = work.garmentURL else {
            return await join(photo, nil, stored: paths.garment ?? "", work, session)
        }
        let organization = session.job.organizationID
        await permits.acquire(organization)
        defer { permits.release(organization) }
        // Fetched on the loop, so that a slow host does not occupy a thread of the pool.
        switch await fetcher.fetch(url) {
        case .success(let garment): return await join(photo, garment, stored: "", work, session)
        case .failure(let failure): return .failure(.item(failure))
        }
    }

    private func join(
        _ photo: String, _ fetched: [UInt8]?, stored path: String, _ work: ItemWork, _ session: ClaimedTryOn
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let organization = session.job.organizationID
        await places.acquire(organization)
        defer { places.release(organization) }
        let person: [UInt8]
        switch await objects.get(photo) {
        case .success(let bytes): person = bytes
        case .failure(let error): return .failure(RenderFailure(error))
        }
        var garment = fetched ?? []
        if fetched == nil {
            switch await objects.get(path) {
            case .success(let bytes): garment = bytes
            case .failure(let error): return .failure(RenderFailure(error))
            }
        }
        let composed = await pool.run { [garment] () -> Result<[UInt8], RenderFailure> in
            if fetched != nil, let failure = GarmentFetcher.check(garment) { return .failure(.item(failure)) }
            return Self.compose(person, garment, work, session)
        }
        guard let composed else { return .failure(.busy) }
        switch composed {
        case .success(let picture): return await store(picture, work, session)
        case .failure(let failure): return .failure(failure)
        }
    }

    private func store(
        _ picture: [UInt8], _ work: ItemWork, _ session: ClaimedTryOn
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let path = ObjectPath.result(session.job.organizationID, session.id, work.id)
        switch await objects.put(path, picture) {
        case .success: return .success(ItemResult.Picture(path: path, renderer: name))
        case .failure(let error): return .failure(RenderFailure(error))
        }
    }

    // MARK: On a thread of the pool

    private static func compose(
        _ person: [UInt8], _ garment: [UInt8], _ work: ItemWork, _ session: ClaimedTryOn
    ) -> Result<[UInt8], RenderFailure> {
        let (width, height) = session.job.quality.size
        let face = PictureHandle.face(in: person, width: width, height: height)
        do throws(PictureError) {
            return .success(
                try PictureHandle.compose(
                    person: person, garment: garment, width: width, height: height,
                    box: BodyRegion.box(for: work.category, face: face), isMarked: session.job.environment == .test))
        } catch {
            return .failure(.item(ItemFailure(code: "render_failed", message: "the pictures could not be joined")))
        }
    }
}
