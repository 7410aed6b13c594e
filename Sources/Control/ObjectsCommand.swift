internal import Domain
internal import Platform

/// `drapectl objects copy`: copies the pictures of all rows from the directory to the bucket, or back.
///
/// It may be run again, and while the daemons run: a file is complete or not there, and paths do not change.
struct ObjectsCommand {
    private enum Target: String, CaseIterable {
        case s3, directory
    }

    private let target: Target
    private let isJSON: Bool

    init(_ arguments: [String]) throws(UsageError) {
        guard arguments.first == "copy" else { throw UsageError(message: "objects is followed by copy") }
        let options = try Options(arguments.dropFirst(), allowed: ["--to"], flags: ["--json"])
        guard let target = options["--to"].flatMap({ Target(rawValue: $0) }) else {
            throw UsageError(message: "objects copy needs --to s3 or --to directory")
        }
        self.target = target
        isJSON = options.has("--json")
    }

    func run(_ environment: [String: String]) throws {
        var reader = ConfigurationReader(environment: environment)
        let directory = reader.required(Settings.objectsDirectory)
        let s3 = S3Configuration(&reader)
        if s3 == nil { reader.fault(Settings.bucket.about, "is not set: there is no bucket to copy to or from") }
        try reader.check()
        let (path, isToS3) = (directory.value, target == .s3)
        let counts = try ControlStores.run(environment) { stores in
            let logger = Logger(writer: LogWriter(to: 2), component: "drapectl", level: .error)
            let (loop, servers) = (stores.loop, stores.nameServers)
            let bucket = ObjectStoreFactory(directory: path, s3: s3).make(loop, nameServers: servers, logger)
            let files = ObjectStoreFactory(directory: path, s3: nil).make(loop, nameServers: servers, logger)
            return await Self.copy(from: isToS3 ? files : bucket, to: isToS3 ? bucket : files, stores)
        }
        var table = Table(["kind", "copied", "missing"])
        for count in counts { table.add(.text(count.kind), .number(count.copied), .number(count.missing)) }
        table.print(asJSON: isJSON, nothing: "")
        if counts.contains(where: { $0.missing > 0 }) { throw CommandFailure("files of rows are missing") }
    }

    private struct Count: Sendable {
        let kind: String
        var copied = 0
        /// Rows whose file is not there.
        var missing = 0
    }

    private static func copy(
        from source: any ObjectStore, to target: any ObjectStore, _ stores: ControlStores
    ) async -> Result<[Count], CommandFailure> {
        var counts: [Count] = []
        let kinds: [(String, String, @Sendable (String) -> [String])] = [
            ("photographs", ControlStatements.photoFiles, { ObjectPath.files(ofPhoto: $0) }),
            ("garments", ControlStatements.garmentFiles, { ObjectPath.files(ofGarment: $0) }),
            ("results", ControlStatements.resultFiles, { [$0] }),
        ]
        for (kind, statement, files) in kinds {
            var count = Count(kind: kind)
            var last = ""
            while true {
                let after = last
                let rows: [(id: String, path: String)]
                switch await stores.ask({ connection throws(MySQLError) in
                    try connection.query(statement, [.text(after)]).map { ($0.text("id"), $0.text("object_path")) }
                }) {
                case .success(let found): rows = found
                case .failure(let failure): return .failure(failure)
                }
                guard let end = rows.last else { break }
                last = end.id
                for row in rows {
                    if let failure = await copy(files(row.path), from: source, to: target, &count) {
                        return .failure(failure)
                    }
                }
            }
            counts.append(count)
        }
        return .success(counts)
    }

    /// Copies the files of one row; only the first one must be there.
    private static func copy(
        _ paths: [String], from source: any ObjectStore, to target: any ObjectStore, _ count: inout Count
    ) async -> CommandFailure? {
        for path in paths {
            switch await source.get(path) {
            case .failure(.missing):
                if path == paths.first { count.missing += 1 }
            case .failure(let error): return CommandFailure("\(path): \(error)")
            case .success(let bytes):
                if case .failure(let error) = await target.put(path, bytes) {
                    return CommandFailure("\(path): \(error)")
                }
                count.copied += 1
            }
        }
        return nil
    }
}
