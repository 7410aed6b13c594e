package import Platform

/// Makes the object store of a loop: a bucket of S3, if there is one, or else the directory that all loops share.
package struct ObjectStoreFactory: Sendable {
    private let directory: DirectoryObjectStore
    private let s3: S3Configuration?

    package init(directory: String, s3: S3Configuration?) {
        self.directory = DirectoryObjectStore(directory: directory)
        self.s3 = s3
    }

    package func make(_ loop: EventLoop, nameServers: String?, _ logger: Logger) -> any ObjectStore {
        guard let s3 else { return directory }
        return S3ObjectStore(
            s3, loop: loop, resolver: HostResolver(loop: loop, servers: nameServers), clock: SystemClock(),
            logger: logger)
    }
}
