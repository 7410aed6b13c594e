import Domain
import Platform
import TestKit
import Testing

@Suite("drapectl")
struct ControlTests {
    static let program = "\(TestPlace.products)/drapectl"

    @Test("the schema is migrated up and down by command, and verify reports its state")
    func migrate() throws {
        let environment = ["DATABASE_URL": try MariaDBServer.shared().makeSchema().url]
        func run(_ words: String...) -> (code: Int32, output: String) {
            Shell.status(Self.program, ["migrate"] + words, environment: environment)
        }
        #expect(run("verify").code == 1)
        #expect(run("up").output.hasSuffix("applied: 10 pictures"))
        #expect(run("up").output == "nothing to do")
        #expect(run("verify").code == 0)
        #expect(run("down").output == "rolled back: 10 pictures")
        #expect(run("down", "--to", "0").code == 0)
        #expect(run("status").output.contains("1\ttenants\tpending"))
        #expect(run("sideways").code == 64)
        #expect(run("down", "--to", "x").code == 64)
    }

    @Test("a token has the role, the organisation and the time that were asked for")
    func token() throws {
        let secret = String(repeating: "k", count: 40)
        let organization = OrganizationID(value: 99)
        let text = Shell.run(
            Self.program, ["token", "--role", "viewer", "--organization", "\(organization)", "--hours", "2"],
            environment: ["JWT_SECRET": secret])
        let token = try JWT(text, secret: Array(secret.utf8), now: SystemClock().now())
        #expect(token.role == .viewer)
        #expect(token.organizationID == organization)
        #expect(token.expiresAt == token.issuedAt + .seconds(7_200))
        #expect(Shell.status(Self.program, ["token", "--role", "king"]).code == 64)
        #expect(Shell.status(Self.program, ["token", "--role", "owner"]).code == 64)
        #expect(Shell.status(Self.program, ["token", "--role", "platform_admin"]).code == 78)
    }

    @Test("every binary explains itself", arguments: ["drapectl", "drape-ingress", "drape-worker"])
    func help(name: String) {
        let help = Shell.status("\(TestPlace.products)/\(name)", ["--help"])
        #expect(help.code == 0)
        #expect(help.output.hasPrefix(name))
        #expect(Shell.run("\(TestPlace.products)/\(name)", ["--version"]) == "\(name) \(BuildVersion.text)")
    }
}
