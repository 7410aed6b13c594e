internal import Domain
internal import Platform

/// `drapectl token`: prints a token for a user, signed with JWT_SECRET.
struct TokenCommand {
    private let role: JWT.Role
    private let organizationID: OrganizationID?
    private let subject: String
    private let lifetime: Duration

    init(_ arguments: [String]) throws(UsageError) {
        let options = try Options(arguments[...], allowed: ["--role", "--organization", "--subject", "--hours"])
        guard let role = options["--role"].flatMap(JWT.Role.init(rawValue:)) else {
            let roles = JWT.Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError(message: "--role is one of \(roles)")
        }
        self.role = role
        organizationID = options["--organization"].flatMap { OrganizationID($0) }
        if options["--organization"] != nil, organizationID == nil {
            throw UsageError(message: "--organization is an id such as org_…")
        }
        if role != .platformAdmin, organizationID == nil {
            throw UsageError(message: "the role \(role.rawValue) holds in an organisation: name it with --organization")
        }
        subject = options["--subject"] ?? "drapectl"
        lifetime = .seconds(3_600 * (try options.number("--hours", 1...8_760) ?? 1))
    }

    func run(_ environment: [String: String]) throws {
        var reader = ConfigurationReader(environment: environment)
        let secret = reader.required(Settings.jwtSecret)
        try reader.check()
        let now = SystemClock().now()
        let token = JWT(
            subject: subject, role: role, organizationID: organizationID, issuedAt: now, expiresAt: now + lifetime)
        print(token.signed(with: secret.value))
    }
}
