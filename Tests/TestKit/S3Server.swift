import Foundation
import Platform
import Synchronization

/// A real server that is compatible with S3, with an empty bucket.
package final class S3Server: Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case rclone, weed
    }

    package static let bucket = "pictures"
    package static let credentials = AWSCredentials(accessKeyID: "AKIDTEST", secretAccessKey: "secretTESTsecret")
    package let kind: Kind
    package let directory: String
    package let port: UInt16
    private let process = Mutex<ServerProcess?>(nil)
    /// The ports of seaweedfs, which makes a socket in /tmp for each.
    private let ports = Mutex<Set<UInt16>>([])

    package var url: String { "http://127.0.0.1:\(port)" }

    package init(_ kind: Kind) throws {
        self.kind = kind
        directory = try TestPlace.temporaryDirectory()
        port = TestStack.freePort()
        try FileManager.default.createDirectory(
            atPath: "\(directory)/data/\(Self.bucket)", withIntermediateDirectories: true)
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
        let sockets = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
        for name in sockets where name.hasPrefix("seaweedfs-") && ports.withLock({ $0.contains(Self.port(of: name)) }) {
            try? FileManager.default.removeItem(atPath: "/tmp/\(name)")
        }
    }

    /// The port at the end of a socket's name; 0 if there is none.
    private static func port(of socket: String) -> UInt16 {
        UInt16(socket.split(separator: "-").last?.split(separator: ".").first ?? "") ?? 0
    }

    package func start() throws {
        var environment = TestPlace.environment
        environment["AWS_ACCESS_KEY_ID"] = Self.credentials.accessKeyID
        environment["AWS_SECRET_ACCESS_KEY"] = Self.credentials.secretAccessKey
        environment["TMPDIR"] = directory
        let started = try ServerProcess(
            "\(TestPlace.root)/.run/test-servers/bin/\(kind.rawValue)", arguments, environment: environment,
            logPath: "\(directory)/log")
        process.withLock { $0 = started }
        // A client of its own: the store is what is tested.
        let keys = "\(Self.credentials.accessKeyID):\(Self.credentials.secretAccessKey)"
        let words = [
            "-s", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", keys, "-H",
            "x-amz-content-sha256: \(Digest.sha256([]).hexText)", "\(url)/\(Self.bucket)/none",
        ]
        try started.wait { Shell.run("curl", words).contains("NoSuchKey") }
    }

    private var arguments: [String] {
        let key = "\(Self.credentials.accessKeyID),\(Self.credentials.secretAccessKey)"
        switch kind {
        case .rclone:
            return [
                "serve", "s3", "--config", "/dev/null", "--addr", "127.0.0.1:\(port)", "--auth-key", key, "--cache-dir",
                "\(directory)/cache", "\(directory)/data",
            ]
        case .weed:
            var words = ["mini", "-dir=\(directory)/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.port=\(port)"]
            let names = [
                "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
                "s3.port.grpc", "admin.port", "admin.port.grpc",
            ]
            ports.withLock { known in
                known.insert(port)
                for name in names {
                    let port = TestStack.freePort()
                    known.insert(port)
                    words.append("-\(name)=\(port)")
                }
            }
            return words + [
                "-filer.localSocket=\(directory)/filer.sock", "-s3.port.iceberg=0", "-s3.port.lance=0",
                "-admin.ui=false", "-webdav=false", "-master.telemetry=false", "-bucket=\(Self.bucket)",
            ]
        }
    }

    /// Kills the server without a shutdown.
    package func kill() {
        process.withLock { running in
            running?.stop()
            running = nil
        }
    }

    /// The environment of daemons that store pictures here.
    package var environment: [String: String] {
        [
            "S3_BUCKET_NAME": Self.bucket, "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": Self.credentials.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": Self.credentials.secretAccessKey,
        ]
    }
}
