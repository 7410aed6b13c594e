internal import Domain
internal import Platform

/// Smaller copies of stored pictures, made at their first request and kept as long as their pictures.
///
/// It belongs to a loop. Of a loop's requests one makes a variant; another loop or process may make the same one beside
/// it, and the later one replaces it.
final class PictureVariants {
    /// What became of a variant that was not there.
    private enum Outcome: Sendable {
        case stored
        /// It is made, but could not be stored.
        case bytes([UInt8])
        /// The picture cannot be made smaller.
        case impossible
        case failed(ObjectStoreError)
    }

    /// Variants that are known to be in a store that gives links.
    private static let knownMax = 4_096
    private static let knownTime = Duration.seconds(120)
    private let pool: BlockingPool
    private let objects: any ObjectStore
    private let mysql: MySQLPool
    private let logger: Logger
    private let clock: any WallClock
    /// The requests that wait for a variant that another one makes.
    private var making: [String: [LoopPromise<Outcome>]] = [:]
    private var known: [String: Timestamp] = [:]
    /// Bounds the pictures in memory, in total and for each organisation (by its directory).
    private let places: FairSemaphore<Substring>

    init(pool: BlockingPool, objects: any ObjectStore, mysql: MySQLPool, logger: Logger, clock: any WallClock) {
        places = FairSemaphore(permitsMax: pool.threads + 2, permitsMaxOfOne: max(1, pool.threads - 1))
        self.pool = pool
        self.objects = objects
        self.mysql = mysql
        self.logger = logger
        self.clock = clock
    }

    /// Opens the variant of a picture, to be sent as the body of a response; `isHead`: its request was HEAD.
    func open(
        _ path: String, _ width: PictureWidth, isHead: Bool
    ) async -> Result<ObjectContent, ObjectStoreError> {
        guard ObjectPath.hasVariants(path) else { return .failure(.missing(path)) }
        let variant = ObjectPath.variant(of: path, width)
        if let content = await existing(variant, isHead: isHead) { return content }
        switch await outcome(variant, of: path, width) {
        case .stored: return await objects.open(variant, isHead: isHead)
        case .bytes(let bytes): return .success(.bytes(bytes))
        case .impossible: return await objects.open(path, isHead: isHead)
        case .failed(let error): return .failure(error)
        }
    }

    /// The variant, or a failure of the store; nil if the variant was not made yet.
    private func existing(_ variant: String, isHead: Bool) async -> Result<ObjectContent, ObjectStoreError>? {
        let opened = await objects.open(variant, isHead: isHead)
        // A link says nothing about its file.
        if case .success(.link) = opened, !isKnown(variant) {
            switch await objects.get(variant, 0..<1) {
            case .success: note(variant)
            case .failure(.missing): return nil
            case .failure(let error): return .failure(error)
            }
        }
        if case .failure(.missing) = opened { return nil }
        return opened
    }

    private func isKnown(_ variant: String) -> Bool {
        known[variant].map { clock.now() < $0 + Self.knownTime } ?? false
    }

    private func note(_ variant: String) {
        if known.count >= Self.knownMax { known = [:] }
        known[variant] = clock.now()
    }

    // MARK: Making

    private func outcome(_ variant: String, of path: String, _ width: PictureWidth) async -> Outcome {
        if making[variant] != nil {
            let promise = LoopPromise<Outcome>()
            making[variant]?.append(promise)
            return await promise.wait()
        }
        making[variant] = []
        let outcome = await make(variant, of: path, width)
        for promise in making.removeValue(forKey: variant) ?? [] { promise.fulfil(outcome) }
        return outcome
    }

    private func make(_ variant: String, of path: String, _ width: PictureWidth) async -> Outcome {
        let directory = path.split(separator: "/").dropFirst().first ?? ""
        await places.acquire(directory)
        defer { places.release(directory) }
        let whole: [UInt8]
        switch await objects.get(path) {
        case .success(let bytes): whole = bytes
        case .failure(let error): return .failed(error)
        }
        switch await pool.run({ Self.smaller(whole, width) }) {
        case nil: return .failed(.busy)
        case .failure(let error):
            logger.warning("a picture cannot be made smaller", .text("path", path), .error(error))
            return .impossible
        case .success(let bytes): return await store(bytes, as: variant, of: path)
        }
    }

    /// The picture in a width; blocks.
    private static func smaller(_ whole: [UInt8], _ width: PictureWidth) -> Result<[UInt8], PictureError> {
        if let info = PictureHandle.probe(whole), info.width <= width.pixels { return .success(whole) }
        do throws(PictureError) {
            return .success(try PictureHandle.thumbnail(whole, width: width.pixels))
        } catch {
            return .failure(error)
        }
    }

    /// Stores a variant, unless its picture is deleted meanwhile: who deletes one deletes its variants after it.
    ///
    /// Until it is sure that the picture is still there, the variant is in an erasure list, so that a worker deletes it.
    private func store(_ bytes: [UInt8], as variant: String, of path: String) async -> Outcome {
        // One list a variant, however often it is tried.
        let batch = Array(Digest.sha256(Array(variant.utf8)).prefix(16)).hexText
        let list = ErasureList(batch: batch, [ErasureList.Entry(.file, variant)])
        guard await write(list) else { return .bytes(bytes) }
        if case .failure(let error) = await objects.put(variant, bytes) {
            logger.warning("a variant was not stored", .text("path", variant), .error(error))
            // It may have been stored without an answer, and later than the list is due.
            _ = await write(list)
            return .bytes(bytes)
        }
        if case .failure(let error) = await objects.get(path, 0..<1) {
            if case .failure(let error) = await objects.delete(variant) {
                logger.warning("a variant is left to the sweeper", .text("path", variant), .error(error))
                _ = await write(list)
            }
            return .failed(error)
        }
        // A list that stays only costs the variant, which is made again.
        _ = await mysql.attempt { connection throws(MySQLError) in try list.remove(connection) }
        note(variant)
        return .stored
    }

    private func write(_ list: ErasureList) async -> Bool {
        let now = clock.now()
        let written = await mysql.attempt { connection throws(MySQLError) in
            try connection.transaction { () throws(MySQLError) in
                try list.remove(connection)
                try list.write(at: now, connection)
            }
        }
        if case .success = written { return true }
        return false
    }
}
