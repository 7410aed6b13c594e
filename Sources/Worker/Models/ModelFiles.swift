internal import Domain
internal import Platform

/// The pictures that a model gets, and the result that is made of its answer.
final class ModelFiles {
    private static let resultQuality = 90
    private let files: ItemFiles
    let pool: BlockingPool
    private let answers: GarmentFetcher

    /// - Parameters:
    ///   - files: reads and stores pictures.
    ///   - pool: decodes and encodes them.
    ///   - answers: fetches results that are given as URLs.
    init(files: ItemFiles, pool: BlockingPool, answers: GarmentFetcher) {
        self.files = files
        self.pool = pool
        self.answers = answers
    }

    /// The inputs of an item; the photograph is in the shape of the result.
    func inputs(
        _ work: ItemWork, of session: ClaimedTryOn, photo quality: Quality
    ) async -> Result<ModelInputs, RenderFailure> {
        let pictures: ItemPictures
        switch await files.pictures(work, of: session) {
        case .success(let found): pictures = found
        case .failure(let failure): return .failure(failure)
        }
        let photo: [UInt8]
        switch await files.photo(pictures.photo, quality) {
        case .success(let file): photo = file.bytes
        case .failure(let failure): return .failure(failure)
        }
        let found: Result<[UInt8], RenderFailure>
        if let url = work.garmentURL {
            found = await files.fetched(url)
        } else if let stored = pictures.garment {
            found = await files.garment(stored, session.job.quality)
        } else {
            found = .failure(.item(GarmentFetcher.unusable))
        }
        let garment: [UInt8]
        switch found {
        case .success(let bytes): garment = bytes
        case .failure(let failure): return .failure(failure)
        }
        let isFetched = work.garmentURL != nil
        let inputs = await pool.run { () -> ModelInputs? in
            let checked = isFetched ? Self.normalised(garment) : garment
            guard let checked, let person = ModelInputs.uri(photo), let garment = ModelInputs.uri(checked) else {
                return nil
            }
            return ModelInputs(person: person, garment: garment)
        }
        guard let inputs else { return .failure(.busy) }
        return inputs.map { .success($0) } ?? .failure(.item(GarmentFetcher.unusable))
    }

    /// Stores the result of a model, in the size and format of all results.
    func store(
        _ output: String, _ work: ItemWork, of session: ClaimedTryOn, renderer: String
    ) async -> Result<ItemResult.Picture, RenderFailure> {
        var fetched: [UInt8]?
        if output.hasPrefix("https://") || output.hasPrefix("http://") {
            switch await answers.fetch(output) {
            case .success(let bytes): fetched = bytes
            case .failure(let failure): return .failure(.retry(ModelError(description: failure.message)))
            }
        }
        let (size, isTest) = (session.job.quality.size, session.job.environment == .test)
        let made = await pool.run { [fetched] () -> [UInt8]? in
            guard let bytes = fetched ?? ModelInputs.bytes(ofURI: output) else { return nil }
            return Self.result(bytes, size, isMarked: isTest)
        }
        guard let made else { return .failure(.busy) }
        guard let made else { return .failure(.retry(ModelError(description: "the output is no picture"))) }
        return await files.store(made, work, of: session, renderer: renderer)
    }

    /// A fetched garment as an upload would be stored; nil if it is not a picture that can be used.
    private static func normalised(_ garment: [UInt8]) -> [UInt8]? {
        guard
            case .success(let pixels) = Result(catching: { () throws(PictureCheck.Failure) in
                try PictureCheck.garment(garment)
            })
        else { return nil }
        do throws(PictureError) { return try PictureHandle.encode(pixels) } catch { return nil }
    }

    /// A picture as JPEG of the size of results; nil if it cannot be decoded.
    private static func result(_ bytes: [UInt8], _ size: (width: Int, height: Int), isMarked: Bool) -> [UInt8]? {
        let picture = PictureContainer.withoutTexts(bytes)
        guard PictureHandle.probe(picture) != nil else { return nil }
        do throws(PictureError) {
            let pixels = try PictureHandle.load(
                picture, sidePixelsMax: PictureCheck.storedSidePixelsMax, keepsAlpha: false)
            let planes = PhotoPlanes(of: pixels, covering: size)
            guard let whole = planes?.scaled(to: size) else { return nil }
            return isMarked ? try whole.markedJPEG(quality: resultQuality) : try whole.jpeg(quality: resultQuality)
        } catch {
            return nil
        }
    }
}
