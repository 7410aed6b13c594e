internal import Domain
internal import Platform

/// Composes the garment onto the body region of its category.
///
/// It is a preview, not a photoreal model.
///
/// The same photo and garment give the same bytes.
final class Compositor: Renderer {
    private static let resultQuality = 88
    private let files: ItemFiles
    private let pool: BlockingPool
    /// Bounds the fetched garments in memory (up to ten megabytes each), in total and for each organisation.
    private let permits = FairSemaphore<OrganizationID>(permitsMax: 64, permitsMaxOfOne: 16)
    /// Bounds the stored pictures in memory; one organization leaves a thread to others.
    private let places: FairSemaphore<OrganizationID>
    private let photos = PhotoCache()
    /// One item decodes a photograph; the others wait for it.
    private let decoding = FairSemaphore<PhotoCache.Key>(permitsMax: .max, permitsMaxOfOne: 1)

    init(files: ItemFiles, pool: BlockingPool) {
        // Two more than there are threads, so that files are read and written while others are composed.
        places = FairSemaphore(permitsMax: pool.threads + 2, permitsMaxOfOne: max(1, pool.threads - 1))
        self.files = files
        self.pool = pool
    }

    func render(
        _ work: ItemWork, of session: ClaimedTryOn, cancel: CancelCheck
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let pictures: ItemPictures
        switch await files.pictures(work, of: session) {
        case .success(let found): pictures = found
        case .failure(let failure):
            if case .item(let item) = failure, item.code == "photo_unavailable" { photos.forget(session.photoID) }
            return .failure(failure)
        }
        guard let url = work.garmentURL else { return await join(pictures, nil, work, session) }
        let organization = session.job.organizationID
        await permits.acquire(organization)
        defer { permits.release(organization) }
        switch await files.fetched(url) {
        case .success(let garment): return await join(pictures, garment, work, session)
        case .failure(let failure): return .failure(failure)
        }
    }

    private func join(
        _ pictures: ItemPictures, _ fetched: [UInt8]?, _ work: ItemWork, _ session: ClaimedTryOn
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let organization = session.job.organizationID
        await places.acquire(organization)
        defer { places.release(organization) }
        let photo: PhotoPlanes
        switch await self.photo(pictures.photo, session) {
        case .success(let planes): photo = planes
        case .failure(let failure): return .failure(failure)
        }
        var garment = fetched ?? []
        if let stored = pictures.garment {
            switch await files.garment(stored, session.job.quality) {
            case .success(let bytes): garment = bytes
            case .failure(let failure): return .failure(failure)
            }
        }
        let face = pictures.photo.face(inResultOf: session.job.quality.size)
        let box = BodyRegion.box(for: work.category, face: face)
        let isTest = session.job.environment == .test
        let composed = await pool.run { [garment] () -> Result<[UInt8], RenderFailure> in
            Self.compose(photo, garment, isFetched: fetched != nil, in: box, isMarked: isTest)
        }
        switch composed {
        case nil: return .failure(.busy)
        case .success(let picture): return await files.store(picture, work, of: session, renderer: "compositor")
        case .failure(let failure): return .failure(failure)
        }
    }

    /// The photograph of a session at the size of its results.
    private func photo(
        _ photo: ItemPictures.Photo, _ session: ClaimedTryOn
    ) async -> Result<PhotoPlanes, RenderFailure> {
        let quality = session.job.quality
        let key = PhotoCache.Key(photoID: session.photoID, quality: quality)
        if let known = photos[key] { return .success(known) }
        await decoding.acquire(key)
        defer { decoding.release(key) }
        if let known = photos[key] { return .success(known) }
        let found: ItemFiles.PhotoFile
        switch await files.photo(photo, quality) {
        case .success(let file): found = file
        case .failure(let failure): return .failure(failure)
        }
        guard let decoded = await pool.run({ Self.decode(found, for: quality) }) else { return .failure(.busy) }
        guard let decoded else { return .failure(.item(Self.unusable)) }
        photos.keep(decoded, for: key)
        return .success(decoded)
    }

    // MARK: On a thread of the pool

    private static let unusable = ItemFailure(code: "render_failed", message: "the pictures could not be joined")

    /// The photograph at the size of results.
    private static func decode(_ file: ItemFiles.PhotoFile, for quality: Quality) -> PhotoPlanes? {
        var planes = file.isRendition ? PhotoPlanes(jpeg: file.bytes) : nil
        if planes == nil {
            do throws(PictureError) {
                planes = PhotoPlanes(of: try PictureCheck.stored(file.bytes, keepsAlpha: false), covering: quality.size)
            } catch {
                return nil
            }
        }
        guard let planes else { return nil }
        return (planes.width, planes.height) == quality.size ? planes : planes.scaled(to: quality.size)
    }

    private static func compose(
        _ photo: PhotoPlanes, _ garment: [UInt8], isFetched: Bool, in box: PictureBox, isMarked: Bool
    ) -> Result<[UInt8], RenderFailure> {
        let pixels: Pixels
        if isFetched {
            do throws(PictureCheck.Failure) {
                pixels = try PictureCheck.garment(garment)
            } catch {
                return .failure(.item(GarmentFetcher.unusable))
            }
        } else {
            do throws(PictureError) {
                pixels = try PictureCheck.stored(garment, keepsAlpha: true)
            } catch {
                return .failure(.item(unusable))
            }
        }
        do throws(PictureError) {
            return .success(try photo.wearing(pixels, in: box, isMarked: isMarked, quality: resultQuality))
        } catch {
            return .failure(.item(unusable))
        }
    }
}
