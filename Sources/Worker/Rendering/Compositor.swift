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
    private let objects: ObjectStore
    private let pool: BlockingPool
    private let fetcher: GarmentFetcher
    /// Bounds the fetched garments in memory (up to ten megabytes each), in total and for each organisation.
    private let permits = FairSemaphore<OrganizationID>(permitsMax: 64, permitsMaxOfOne: 16)

    init(mysql: MySQLPool, objects: ObjectStore, pool: BlockingPool, fetcher: GarmentFetcher) {
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
        case .failure(let error): return .failure(error.isPassing ? .busy : .retry(error))
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
        let (objects, name) = (self.objects, self.name)
        let made = await pool.run { () -> Result<ItemResult.Picture, RenderFailure> in
            if let fetched, let failure = GarmentFetcher.check(fetched) { return .failure(.item(failure)) }
            return Self.read(photo, objects).flatMap { person in
                (fetched.map { .success($0) } ?? Self.read(path, objects)).flatMap { garment in
                    Self.compose(person, garment, work, session, objects, name)
                }
            }
        }
        return made ?? .failure(.busy)
    }

    // MARK: On a thread of the pool

    private static func read(_ path: String, _ objects: ObjectStore) -> Result<[UInt8], RenderFailure> {
        do throws(ObjectStore.Failure) {
            return .success(try objects.get(path))
        } catch {
            return .failure(.retry(error))
        }
    }

    private static func compose(
        _ person: [UInt8], _ garment: [UInt8], _ work: ItemWork, _ session: ClaimedTryOn, _ objects: ObjectStore,
        _ name: String
    ) -> Result<ItemResult.Picture, RenderFailure> {
        let (width, height) = session.job.quality.size
        let face = PictureHandle.face(in: person, width: width, height: height)
        let picture: [UInt8]
        do throws(PictureError) {
            picture = try PictureHandle.compose(
                person: person, garment: garment, width: width, height: height,
                box: BodyRegion.box(for: work.category, face: face), isMarked: session.job.environment == .test)
        } catch {
            return .failure(.item(ItemFailure(code: "render_failed", message: "the pictures could not be joined")))
        }
        let path = ObjectPath.result(session.job.organizationID, session.id, work.id)
        do throws(ObjectStore.Failure) {
            try objects.put(path, picture)
        } catch {
            return .failure(.retry(error))
        }
        return .success(ItemResult.Picture(path: path, renderer: name))
    }
}
