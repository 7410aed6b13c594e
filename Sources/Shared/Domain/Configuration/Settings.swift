package import Platform

/// Every environment variable that Drape reads.
///
/// `docs/configuration.md` is generated from this type.
package enum Settings {
    package static let port = Setting(
        "PORT", "The port on which the ingress listens.", allowed: "a port from 1 to 65535, or 0 for any free one",
        fallback: "2152"
    ) { UInt16($0) }

    package static let loops = Setting(
        "DRAPE_LOOPS", "Event-loop threads of the ingress.", allowed: "1 to 64, or auto: one a core",
        fallback: "auto"
    ) { text in bounded(text, 0...64, auto: 0) }

    package static let logLevel = Setting(
        "DRAPE_LOG_LEVEL", "The least important lines that are logged.",
        allowed: LogLevel.allCases.map(\.description).joined(separator: ", "), fallback: "info"
    ) { LogLevel($0) }

    package static let drainSeconds = Setting(
        "DRAPE_DRAIN_SECONDS", "How long a stopping process waits for the work under way.",
        allowed: "1 to 600", fallback: "25"
    ) { text in bounded(text, 1...600).map { Duration.seconds($0) } }

    package static let connectionsMax = Setting(
        "DRAPE_CONNECTIONS_MAX", "Client connections of one ingress process.",
        allowed: "16 to 1000000, or auto: what the limit on open files leaves", fallback: "auto"
    ) { text in bounded(text, 16...1_000_000, auto: 0) }

    package static let spoolDirectory = Setting(
        "DRAPE_SPOOL_DIR", "Where large request bodies are kept while they arrive.",
        allowed: "a directory on a file system with O_TMPFILE", fallback: "/tmp"
    ) { $0.hasPrefix("/") ? $0 : nil }

    package static let appEnvironment = Setting(
        "APP_ENV", "The kind of installation; production refuses settings that are for trials only.",
        allowed: AppEnvironment.allCases.map(\.rawValue).joined(separator: ", "), fallback: "production"
    ) { AppEnvironment(rawValue: $0) }

    package static let databaseURL = Setting(
        "DATABASE_URL", "The MariaDB or MySQL database.",
        allowed: "mysql://user:password@host:port/db, or ?socket=/path; with ssl-mode (DISABLED, REQUIRED, "
            + "VERIFY_IDENTITY) and ssl-ca", isSecret: true
    ) { MySQLEndpoint($0) }

    package static let redisURL = Setting(
        "REDIS_URL", "The Redis server.",
        allowed: "redis://[user:password@]host[:port][/db] or unix:///path[?db=n]; rediss: is refused, for hiredis "
            + "0.14 has no TLS: use a unix socket or stunnel", isSecret: true
    ) { RedisEndpoint($0) }

    package static let redisTimeout = Setting(
        "DRAPE_REDIS_TIMEOUT_MS", "How long a command to Redis may take before its connection is given up.",
        allowed: "50 to 60000", fallback: "2000"
    ) { text in bounded(text, 50...60_000).map { Duration.milliseconds($0) } }

    package static let mysqlThreadsMax = Setting(
        "DRAPE_MYSQL_THREADS_MAX", "Connections of one process to the database.", allowed: "1 to 200", fallback: "20"
    ) { text in bounded(text, 1...200) }

    package static let jwtSecret = Setting(
        "JWT_SECRET", "Signs and checks users' tokens (HS256).", allowed: "at least 32 characters", isSecret: true
    ) { $0.utf8.count >= 32 ? Array($0.utf8) : nil }

    package static let secretKey = Setting(
        "DRAPE_SECRET_KEY", "Seals webhook secrets at rest; signed file links are derived from it.",
        allowed: "64 hexadecimal digits, as `openssl rand -hex 32` prints", isSecret: true
    ) { SecretKey(hexText: $0) }

    package static let publicURL = Setting(
        "DRAPE_PUBLIC_URL", "Where clients reach the ingress; links to pictures begin with it.",
        allowed: "an http or https URL without a slash at the end", fallback: "http://localhost:2152"
    ) { WebAddress($0) != nil && !$0.hasSuffix("/") ? $0 : nil }

    package static let allowUnsafeStores = Setting(
        "DRAPE_ALLOW_UNSAFE_STORES",
        "Whether production starts with a store that may lose an accepted session, such as Redis with appendfsync everysec.",
        allowed: "0 or 1", fallback: "0"
    ) { ["0": false, "1": true][$0] }

    package static let workerPort = Setting(
        "DRAPE_WORKER_PORT", "The port of the worker's health and metrics.",
        allowed: "a port from 1 to 65535, or 0 for any free one", fallback: "9152"
    ) { UInt16($0) }

    package static let workerRoles = Setting(
        "DRAPE_WORKER_ROLES", "What a worker does; each role needs at least one worker of the fleet.",
        allowed: "some of \(WorkerRole.allCases.map(\.rawValue).joined(separator: ", ")), separated by commas",
        fallback: "sessions,webhooks,maintenance"
    ) { WorkerRole.set($0) }

    package static let workerSlots = Setting(
        "DRAPE_WORKER_SLOTS", "Weight that a worker holds at once: an item weighs 1 (SD), 2 (HD) or 4 (4K).",
        allowed: "1 to 100000", fallback: "256"
    ) { text in bounded(text, 1...100_000) }

    package static let laneCap = Setting(
        "DRAPE_LANE_CAP", "Most weight of one organisation under way in one shard.", allowed: "1 to 1000000",
        fallback: "1024"
    ) { text in bounded(text, 1...1_000_000) }

    package static let deliverySlots = Setting(
        "DRAPE_DELIVERY_SLOTS", "Webhook deliveries that a worker has under way at once.", allowed: "1 to 10000",
        fallback: "256"
    ) { text in bounded(text, 1...10_000) }

    package static let deliveryBatch = Setting(
        "DRAPE_DELIVERY_BATCH", "Webhook deliveries that a worker claims at once.", allowed: "1 to 256", fallback: "32"
    ) { text in bounded(text, 1...256) }

    package static let webhookPendingMax = Setting(
        "DRAPE_WEBHOOK_PENDING_MAX",
        "Deliveries that may wait for one webhook; newer ones are skipped. An organisation may have five times as many.",
        allowed: "100 to 10000000", fallback: "100000"
    ) { text in bounded(text, 100...10_000_000) }

    package static let renderer = Setting(
        "DRAPE_RENDERER",
        "What makes the pictures, unless an organisation has another renderer; none makes none, and is not for production.",
        allowed: RendererKind.allCases.map(\.rawValue).joined(separator: ", "), fallback: "compositor"
    ) { RendererKind(rawValue: $0) }

    package static let webhookAllowHTTP = Setting(
        "DRAPE_WEBHOOK_ALLOW_HTTP", "Whether webhooks and garments may be called without TLS: for development.",
        allowed: "0 or 1", fallback: "0"
    ) { ["0": false, "1": true][$0] }

    package static let webhookAllowNetworks = Setting(
        "DRAPE_WEBHOOK_ALLOW_NETS",
        "Private, loopback or reserved networks that webhooks and garments may be called in: for development.",
        allowed: "addresses and ranges, separated by commas", fallback: ""
    ) { AddressRange.list($0) }

    package static let retainResultsDays = Setting(
        "DRAPE_RETAIN_RESULTS_DAYS", "Days for which pictures of ended sessions are kept.", allowed: "1 to 36500",
        fallback: "30"
    ) { text in bounded(text, 1...36_500) }

    package static let retainEventsDays = Setting(
        "DRAPE_RETAIN_EVENTS_DAYS", "Days for which events, deliveries and their attempts are kept.",
        allowed: "7 to 36500", fallback: "30"
    ) { text in bounded(text, 7...36_500) }

    package static let retainSessionsDays = Setting(
        "DRAPE_RETAIN_SESSIONS_DAYS", "Days for which ended sessions are kept; the ledger is kept for ever.",
        allowed: "30 to 36500", fallback: "400"
    ) { text in bounded(text, 30...36_500) }

    package static let nameServers = Setting(
        "DRAPE_NAME_SERVERS",
        "Name servers that resolve the hosts of webhooks, garments, models, S3, Redis and (unless verified) MariaDB.",
        allowed: "addresses with an optional port, separated by commas; empty: those of /etc/resolv.conf", fallback: ""
    ) { text -> String? in
        let isValid = text.split(separator: ",").allSatisfy { part in
            let digits = part.split(separator: ":").last.map(String.init) ?? ""
            return SocketAddress(String(part)) != nil
                || (UInt16(digits) != nil && SocketAddress(String(part.dropLast(digits.count + 1))) != nil)
        }
        return isValid ? text : nil
    }

    package static let objectsDirectory = Setting(
        "DRAPE_OBJECTS_DIR", "Where photographs, garments and results are stored; every ingress and worker sees it.",
        allowed: "a directory", fallback: "/var/lib/drape/objects"
    ) { $0.hasPrefix("/") ? $0 : nil }

    package static let instanceDirectory = Setting(
        "DRAPE_INSTANCE_DIR", "The directory of the file by which a worker finds its jobs after a restart.",
        allowed: "a directory of this instance alone", fallback: "/var/lib/drape"
    ) { $0.hasPrefix("/") ? $0 : nil }

    package static let trustedProxies = Setting(
        "DRAPE_TRUSTED_PROXIES", "Peers whose X-Forwarded-For and X-Forwarded-Proto are believed.",
        allowed: "addresses and ranges, separated by commas", fallback: ""
    ) { AddressRange.list($0) }

    package static let all: [SettingDescription] =
        objects + renderers + [
            port.about, appEnvironment.about, databaseURL.about, redisURL.about, allowUnsafeStores.about,
            jwtSecret.about,
            secretKey.about,
            publicURL.about, trustedProxies.about, workerPort.about, workerRoles.about, workerSlots.about,
            laneCap.about,
            deliverySlots.about, deliveryBatch.about, webhookPendingMax.about,
            renderer.about,
            objectsDirectory.about, webhookAllowHTTP.about, webhookAllowNetworks.about, nameServers.about,
            retainResultsDays.about, retainEventsDays.about, retainSessionsDays.about, instanceDirectory.about,
            loops.about, connectionsMax.about, spoolDirectory.about,
            redisTimeout.about,
            mysqlThreadsMax.about, drainSeconds.about, logLevel.about,
        ]

    /// A whole number within bounds, or the text `auto` if a value for it is given; nil for any other text.
    static func bounded(_ text: String, _ range: ClosedRange<Int>, auto: Int? = nil) -> Int? {
        if let auto, text == "auto" { return auto }
        guard let number = Int(text), range.contains(number), number != auto else { return nil }
        return number
    }
}
