internal import Domain
internal import Platform

/// Reads the pictures that a result is made of, and stores the result.
final class ItemFiles {
    private let mysql: MySQLPool
    private let objects: any ObjectStore
    private let fetcher: GarmentFetcher

    init(mysql: MySQLPool, objects: any ObjectStore, fetcher: GarmentFetcher) {
        self.mysql = mysql
        self.objects = objects
        self.fetcher = fetcher
    }

    /// Which pictures an item has.
    func pictures(_ work: ItemWork, of session: ClaimedTryOn) async -> Result<ItemPictures, RenderFailure> {
        switch await mysql.attempt({ connection throws(MySQLError) in
            try ItemPictures.read(work, of: session, connection)
        }) {
        case .success(.success(let found)): .success(found)
        case .success(.failure(let failure)): .failure(.item(failure))
        case .failure(let error): .failure(error.isTransient ? .busy : .retry(error))
        }
    }

    /// A file of a photograph.
    struct PhotoFile: Sendable {
        let bytes: [UInt8]
        /// Whether it has the shape of results; else it is the whole photograph, as it was stored.
        let isRendition: Bool
    }

    /// The rendition of a photograph for a quality, or the whole photograph.
    func photo(_ photo: ItemPictures.Photo, _ quality: Quality) async -> Result<PhotoFile, RenderFailure> {
        if photo.hasRenditions {
            switch await objects.get(ObjectPath.rendition(of: photo.path, quality)) {
            case .success(let bytes): return .success(PhotoFile(bytes: bytes, isRendition: true))
            case .failure(.missing): break
            case .failure(let error): return .failure(RenderFailure(error))
            }
        }
        return await objects.get(photo.path).map { PhotoFile(bytes: $0, isRendition: false) }
            .mapError { RenderFailure($0) }
    }

    func garment(_ garment: ItemPictures.Garment, _ quality: Quality) async -> Result<[UInt8], RenderFailure> {
        var found = await objects.get(garment.path(for: quality))
        if case .failure(.missing) = found { found = await objects.get(garment.path) }
        return found.mapError { RenderFailure($0) }
    }

    /// Fetches a garment on the loop, so that a slow host does not occupy a thread; its bytes are not checked.
    func fetched(_ url: String) async -> Result<[UInt8], RenderFailure> {
        await fetcher.fetch(url).mapError { .item($0) }
    }

    /// Stores the picture of an item.
    func store(
        _ picture: [UInt8], _ work: ItemWork, of session: ClaimedTryOn, renderer: String
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        let path = ObjectPath.result(session.job.organizationID, session.id, work.id)
        return await objects.put(path, picture)
            .map { ItemResult.Picture(hasFile: true, renderer: renderer) }
            .mapError { RenderFailure($0) }
    }
}
