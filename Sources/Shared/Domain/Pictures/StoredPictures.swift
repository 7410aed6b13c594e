package import Platform

extension ObjectStore {
    /// Deletes files, and the variants that clients may have asked for.
    ///
    /// The pictures go first: who makes a variant meanwhile looks for its picture afterwards, and deletes the variant.
    /// - Returns: those that were not deleted.
    package func deletePictures(_ paths: [String]) async -> [UndeletedObject] {
        let left = await delete(paths)
        return left + (await delete(paths.flatMap { ObjectPath.variants(of: $0) }))
    }
}
