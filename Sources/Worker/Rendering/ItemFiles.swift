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

    /// The file of the photograph in the shape of a quality's results; the whole photograph if there is none.
    func photo(_ photo: ItemPictures.Photo, _ quality: Quality) async -> Result<[UInt8], RenderFailure> {
        var found = await objects.get(photo.hasRenditions ? ObjectPath.rendition(of: photo.path, quality) : photo.path)
        if case .failure(.missing) = found { found = await objects.get(photo.path) }
        return found.mapError { RenderFailure($0) }
    }

    func garment(_ garment: ItemPictures.Garment, _ quality: Quality) async -> Result<[UInt8], RenderFailure> {
        await objects.get(garment.path(for: quality)).mapError { RenderFailure($0) }
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
            .map { ItemResult.Picture(path: path, renderer: renderer) }
            .mapError { RenderFailure($0) }
    }
}
