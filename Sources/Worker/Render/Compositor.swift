internal import Shared

/// Lays the garment onto the body region of its category.
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

    init(mysql: MySQLPool, objects: ObjectStore, pool: BlockingPool, fetcher: GarmentFetcher) {
        self.mysql = mysql
        self.objects = objects
        self.pool = pool
        self.fetcher = fetcher
    }

    func render(_ work: ItemWork, of job: SessionJob) async -> Result<ItemResult.Picture, RenderFailure> {
        let paths: (photo: String?, garment: String?)
        switch await mysql.attempt({ connection throws(MySQLError) -> (String?, String?) in
            let photo = try connection.query(CompositorStatements.photo, [.id(job.photoID)]).first
            guard let id = work.garmentID else { return (photo?.text(0), nil) }
            let garment = try connection.query(CompositorStatements.garment, [.id(id)]).first
            return (photo?.text(0), garment?.text(0))
        }) {
        case .success(let found): paths = found
        case .failure(let error): return .failure(.retry(error))
        }
        guard let photo = paths.photo else {
            return .failure(.item(ItemFailure(code: "photo_unavailable", message: "the photo is gone")))
        }
        if work.garmentID != nil, paths.garment == nil {
            return .failure(.item(ItemFailure(code: "garment_unavailable", message: "the garment is gone")))
        }
        // Slow hosts are waited for on the loop: threads are for work.
        var fetched: [UInt8]?
        if let url = work.garmentURL {
            switch await fetcher.fetch(url) {
            case .success(let bytes): fetched = bytes
            case .failure(let failure): return .failure(.item(failure))
            }
        }
        let (objects, name, garment) = (self.objects, self.name, fetched)
        let made = await pool.run { () -> Result<ItemResult.Picture, RenderFailure> in
            if let garment, let failure = GarmentFetcher.check(garment) { return .failure(.item(failure)) }
            return Self.read(photo, objects).flatMap { person in
                (garment.map { .success($0) } ?? Self.read(paths.garment ?? "", objects)).flatMap { garment in
                    Self.compose(person, garment, work, job, objects, name)
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
        _ person: [UInt8], _ garment: [UInt8], _ work: ItemWork, _ job: SessionJob, _ objects: ObjectStore,
        _ name: String
    ) -> Result<ItemResult.Picture, RenderFailure> {
        let (width, height) = job.ticket.quality.size
        let face = PictureHandle.face(in: person, width: width, height: height)
        let picture: [UInt8]
        do throws(PictureError) {
            picture = try PictureHandle.compose(
                person: person, garment: garment, width: width, height: height,
                box: BodyRegion.box(for: work.category, face: face), isMarked: job.ticket.environment == .test)
        } catch {
            return .failure(.item(ItemFailure(code: "render_failed", message: "the pictures could not be joined")))
        }
        let path = ObjectStore.resultPath(job.ticket.organizationID, job.id, work.id)
        do throws(ObjectStore.Failure) {
            try objects.put(path, picture)
        } catch {
            return .failure(.retry(error))
        }
        return .success(ItemResult.Picture(path: path, renderer: name))
    }
}
