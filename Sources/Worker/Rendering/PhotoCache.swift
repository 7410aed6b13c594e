internal import Domain
internal import Platform

/// The decoded photographs of the sessions that are being rendered: the items of a cart share one.
///
/// It belongs to a loop. Whether a photo still exists is asked for each item; this only saves decoding it again.
final class PhotoCache {
    struct Key: Hashable {
        let photoID: PhotoID
        let quality: Quality
    }

    /// A 4K photograph takes 15 MB.
    private static let entriesMax = 4
    private var entries: [(key: Key, planes: PhotoPlanes)] = []

    subscript(key: Key) -> PhotoPlanes? {
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        let entry = entries.remove(at: index)
        entries.append(entry)
        return entry.planes
    }

    func keep(_ planes: PhotoPlanes, for key: Key) {
        entries.removeAll { $0.key == key }
        entries.append((key, planes))
        if entries.count > Self.entriesMax { entries.removeFirst() }
    }

    func forget(_ photoID: PhotoID) { entries.removeAll { $0.key.photoID == photoID } }
}
