internal import Foundation
package import Platform

/// A JSON web token signed with HMAC-SHA256.
///
/// Source: RFC 7519; RFC 7515, section 3 (compact form); RFC 8725: only one algorithm is accepted.
package struct JWT: Hashable, Sendable {
    package var subject: String
    package var role: Role
    /// The organisation that the role applies to; nil for a platform administrator.
    package var organizationID: OrganizationID?
    package var issuedAt: Timestamp
    package var expiresAt: Timestamp

    /// A user's role.
    package enum Role: String, Sendable, CaseIterable {
        case owner, admin, developer, viewer
        case platformAdmin = "platform_admin"
    }

    package enum Failure: Error {
        case malformed, wrongSignature, expired
    }

    package init(
        subject: String, role: Role, organizationID: OrganizationID?, issuedAt: Timestamp, expiresAt: Timestamp
    ) {
        self.subject = subject
        self.role = role
        self.organizationID = organizationID
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
    }

    /// The signed token in compact form.
    package func signed(with secret: [UInt8]) -> String {
        var claims = JSONWriter()
        claims.object { json in
            json.field("iss", "drape")
            json.field("sub", subject)
            json.field("role", role.rawValue)
            if let organizationID { json.field("org", organizationID) }
            json.field("iat", issuedAt.unixSeconds)
            json.field("exp", expiresAt.unixSeconds)
        }
        let signed = Self.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "." + Self.encode(claims.bytes)
        return signed + "." + Self.encode(HMAC.sha256(Array(signed.utf8), key: secret))
    }

    /// Reads a token, and checks its signature and expiry.
    package init(_ text: String, secret: [UInt8], now: Timestamp) throws(Failure) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 4_096, parts.count == 3, let header = Self.decode(parts[0]),
            let claims = Self.decode(parts[1]), let signature = Self.decode(parts[2])
        else { throw .malformed }
        let expected = HMAC.sha256(Array("\(parts[0]).\(parts[1])".utf8), key: secret)
        guard HMAC.areEqual(signature, expected) else { throw .wrongSignature }
        let parser = JSONParserHandle(bytesMax: 4_096, depthMax: 4)
        guard Self.members(header, parser)["alg"]?.string == "HS256" else { throw .malformed }
        let members = Self.members(claims, parser)
        guard let subject = members["sub"]?.string, let role = members["role"]?.string.flatMap(Role.init(rawValue:)),
            let issued = members["iat"]?.integer, let expires = members["exp"]?.integer,
            issued.magnitude < 1 << 40, expires.magnitude < 1 << 40
        else { throw .malformed }
        self.subject = subject
        self.role = role
        organizationID = members["org"]?.string.flatMap { OrganizationID($0) }
        issuedAt = Timestamp(unixMs: issued * 1_000)
        expiresAt = Timestamp(unixMs: expires * 1_000)
        if expiresAt <= now { throw .expired }
    }

    private static func members(_ bytes: [UInt8], _ parser: borrowing JSONParserHandle) -> [String: JSONNode] {
        do throws(JSONError) {
            let members = try parser.parse(bytes).root.members ?? []
            return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
        } catch {
            return [:]
        }
    }

    /// Source: RFC 4648, section 5, without padding.
    private static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0 != 0x2b && $0 != 0x2f && $0 != 0x3d }) else { return nil }
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard + padding).map { Array($0) }
    }
}
