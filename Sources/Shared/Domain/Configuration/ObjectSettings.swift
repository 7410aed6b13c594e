package import Platform

extension Settings {
    package static let bucket = Setting(
        "S3_BUCKET_NAME", "The bucket for pictures; without it they are in DRAPE_OBJECTS_DIR.",
        allowed: "3 to 63 lower-case letters, digits, dots and hyphens"
    ) { text in
        let isValid = text.utf8.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2d || $0 == 0x2e
        }
        return (3...63).contains(text.utf8.count) && isValid ? text : nil
    }

    package static let region = Setting(
        "AWS_REGION", "The region of the bucket.", allowed: "1 to 32 letters, digits and hyphens",
        fallback: "us-east-1"
    ) { text in
        (1...32).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            ? text : nil
    }

    package static let s3Endpoint = Setting(
        "AWS_ENDPOINT_URL", "A server that is compatible with S3; without it AWS.",
        allowed: "an http or https URL without a path"
    ) { isOrigin($0) ? $0 : nil }

    package static let accessKey = Setting(
        "AWS_ACCESS_KEY_ID", "The key for the bucket; without it the role of the machine (IMDSv2).",
        allowed: "1 to 128 printable characters", isSecret: true
    ) { isPrintable($0, 128) ? $0 : nil }

    package static let secretAccessKey = Setting(
        "AWS_SECRET_ACCESS_KEY", "The secret of AWS_ACCESS_KEY_ID.", allowed: "1 to 128 printable characters",
        isSecret: true
    ) { isPrintable($0, 128) ? $0 : nil }

    package static let sessionToken = Setting(
        "AWS_SESSION_TOKEN", "The token of temporary keys.", allowed: "1 to 4096 printable characters", isSecret: true
    ) { isPrintable($0, 4_096) ? $0 : nil }

    package static let metadataURL = Setting(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT", "The instance metadata service, which knows the role of the machine.",
        allowed: "an http URL without a path", fallback: "http://169.254.169.254"
    ) { isOrigin($0) ? $0 : nil }

    package static let cdnURL = Setting(
        "DRAPE_CDN_URL",
        "A CDN whose origin is the ingress; links to pictures begin with it instead of DRAPE_PUBLIC_URL.",
        allowed: "an http or https URL without a slash at the end"
    ) { WebAddress($0) != nil && !$0.hasSuffix("/") ? $0 : nil }

    static let objects: [SettingDescription] = [
        bucket.about, region.about, s3Endpoint.about, accessKey.about, secretAccessKey.about, sessionToken.about,
        metadataURL.about, cdnURL.about,
    ]

    private static func isPrintable(_ text: String, _ bytesMax: Int) -> Bool {
        (1...bytesMax).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }
}

extension S3Configuration {
    /// Reads the settings; nil if no bucket is set.
    package init?(_ reader: inout ConfigurationReader) {
        let bucket = reader.optional(Settings.bucket)
        let region = reader.required(Settings.region)
        let endpoint = reader.optional(Settings.s3Endpoint)
        let key = reader.optional(Settings.accessKey)
        let secret = reader.optional(Settings.secretAccessKey)
        let token = reader.optional(Settings.sessionToken)
        let metadataURL = reader.required(Settings.metadataURL)
        if key != nil, secret == nil {
            reader.fault(Settings.secretAccessKey.about, "is not set, but AWS_ACCESS_KEY_ID is")
        }
        if key == nil, secret != nil {
            reader.fault(Settings.accessKey.about, "is not set, but AWS_SECRET_ACCESS_KEY is")
        }
        guard let bucket, let region = region.found, let metadataURL = metadataURL.found else { return nil }
        var credentials: AWSCredentials?
        if let key, let secret {
            credentials = AWSCredentials(accessKeyID: key, secretAccessKey: secret, sessionToken: token)
        }
        self.init(
            bucket: bucket, region: region, endpoint: endpoint, credentials: credentials, metadataURL: metadataURL)
    }
}
