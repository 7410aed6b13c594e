internal import Domain
internal import Platform

/// Smaller copies of stored pictures, made at their first request and kept as long as their pictures.
///
/// Of a loop's requests one makes a variant. Another process may make the same one beside it; the later one replaces it.
final class PictureVariants {
    private let pool: BlockingPool
    private let objects: any ObjectStore
    /// One request makes a variant; the others wait for it.
    private let making = FairSemaphore<String>(permitsMax: .max, permitsMaxOfOne: 1)
    /// Bounds the pictures in memory; one organisation, by its directory, leaves a thread to others.
    private let places: FairSemaphore<Substring>

    init(pool: BlockingPool, objects: any ObjectStore) {
        places = FairSemaphore(permitsMax: pool.threads + 2, permitsMaxOfOne: max(1, pool.threads - 1))
        self.pool = pool
        self.objects = objects
    }

    /// Opens the variant of a picture, to be sent as the body of a response; `isHead`: its request was HEAD.
    func open(
        _ path: String, _ width: PictureWidth, isHead: Bool
    ) async -> Result<ObjectContent, ObjectStoreError> {
        guard ObjectPath.hasVariants(path) else { return .failure(.missing(path)) }
        let variant = ObjectPath.variant(of: path, width)
        if let known = await known(variant, isHead: isHead) { return known }
        await making.acquire(variant)
        defer { making.release(variant) }
        if let known = await known(variant, isHead: isHead) { return known }
        let directory = path.split(separator: "/").dropFirst().first ?? ""
        await places.acquire(directory)
        defer { places.release(directory) }
        switch await make(variant, of: path, width) {
        case .success: return await objects.open(variant, isHead: isHead)
        case .failure(let error): return .failure(error)
        }
    }

    /// The variant, or a failure of the store; nil if the variant was not made yet.
    private func known(_ variant: String, isHead: Bool) async -> Result<ObjectContent, ObjectStoreError>? {
        let opened = await objects.open(variant, isHead: isHead)
        // A link says nothing about its file.
        if case .success(.link) = opened, case .failure(let error) = await objects.get(variant, 0..<1) {
            if case .missing = error { return nil }
            return .failure(error)
        }
        if case .failure(.missing) = opened { return nil }
        return opened
    }

    private func make(
        _ variant: String, of path: String, _ width: PictureWidth
    ) async -> Result<Void, ObjectStoreError> {
        let whole: [UInt8]
        switch await objects.get(path) {
        case .success(let bytes): whole = bytes
        case .failure(let error): return .failure(error)
        }
        let made = await pool.run { () -> Result<[UInt8], PictureError> in
            do throws(PictureError) {
                return .success(try PictureHandle.thumbnail(whole, width: width.pixels))
            } catch {
                return .failure(error)
            }
        }
        switch made {
        case nil: return .failure(.busy)
        case .failure(let error): return .failure(.refused("\(path) cannot be made smaller: \(error.message)"))
        case .success(let bytes):
            if case .failure(let error) = await objects.put(variant, bytes) { return .failure(error) }
        }
        // A picture that was deleted meanwhile takes its variants with it: this one came after them.
        if case .failure(let error) = await objects.get(path, 0..<1) {
            _ = await objects.delete([variant])
            return .failure(error)
        }
        return .success(())
    }
}
