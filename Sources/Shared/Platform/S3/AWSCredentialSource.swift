/// Gives the keys that were configured, or those of the role of this machine (IMDSv2), which it renews in time.
///
/// It belongs to a loop.
final class AWSCredentialSource {
    private static let tokenSeconds = 21_600
    private static let renewalSpan = Duration.seconds(15 * 60)
    /// While the old keys are valid, new ones are asked for once in this time.
    private static let renewalPause = Duration.seconds(30)
    private static let timeout = Duration.seconds(2)
    private let configured: AWSCredentials?
    private let url: String
    private let client: HTTPClient
    private let clock: any WallClock
    private var role: AWSCredentials?
    private var askedAt: Timestamp?
    private let parser = JSONParserHandle(bytesMax: 65_536)

    init(_ configuration: S3Configuration, client: HTTPClient, clock: any WallClock) {
        configured = configuration.credentials
        url = configuration.metadataURL
        self.client = client
        self.clock = clock
    }

    /// The keys; nil if the metadata service gives none.
    func credentials() async -> AWSCredentials? {
        if let configured { return configured }
        let now = clock.now()
        if let role, let end = role.expiresAt, now + Self.renewalSpan < end { return role }
        let isValid = role?.expiresAt.map { now < $0 } == true
        let isEarly = askedAt.map { now < $0 + Self.renewalPause } ?? false
        if !isValid || !isEarly {
            askedAt = now
            if let new = await ofRole() { role = new }
        }
        // Keys that are still valid are used if the service does not answer.
        return role.flatMap { $0.expiresAt.map { now < $0 } == true ? $0 : nil }
    }

    /// Forgets the keys of the role: S3 has refused them.
    func forget() { role = nil }

    /// Source: Amazon EC2 User Guide, "Use the Instance Metadata Service", version 2; there is no way back to version 1.
    private func ofRole() async -> AWSCredentials? {
        let lifetime = "X-aws-ec2-metadata-token-ttl-seconds: \(Self.tokenSeconds)"
        guard let token = await text(.put([]), "/latest/api/token", lifetime) else { return nil }
        let field = "X-aws-ec2-metadata-token: \(token)"
        let path = "/latest/meta-data/iam/security-credentials/"
        guard let role = await text(.get, path, field)?.split(separator: "\n").first,
            let answer = await text(.get, path + role, field)
        else { return nil }
        let root: JSONNode
        do throws(JSONError) { root = try parser.parse(Array(answer.utf8)).root } catch { return nil }
        guard root["Code"]?.string == "Success", let id = root["AccessKeyId"]?.string,
            let secret = root["SecretAccessKey"]?.string, let sessionToken = root["Token"]?.string,
            let expiresAt = root["Expiration"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: sessionToken, expiresAt: expiresAt)
    }

    private func text(_ method: HTTPClientRequest.Method, _ path: String, _ field: String) async -> String? {
        var request = HTTPClientRequest(url: url + path, method: method, bytesMax: 65_536)
        request.fields = [field]
        request.allowsHTTP = true
        request.connectTimeout = Self.timeout
        request.timeout = Self.timeout
        guard case .success(let answer) = await client.send(request), answer.status == 200 else { return nil }
        return String(decoding: answer.body, as: UTF8.self)
    }
}
