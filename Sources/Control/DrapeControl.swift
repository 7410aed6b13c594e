internal import Domain
internal import Foundation
internal import Platform

/// The program `drapectl`.
@main
enum DrapeControl {
    static func main() {
        HostResolver.startLibrary()
        MySQLPool.startLibrary()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            try run(arguments, environment: ProcessInfo.processInfo.environment)
        } catch let error as UsageError {
            fail("\(error.message)\n\n\(help)", status: 64)
        } catch let error as ConfigurationError {
            fail(error.description, status: ConfigurationError.exitStatus)
        } catch {
            fail("\(error)", status: 1)
        }
    }

    private static func run(_ arguments: [String], environment: [String: String]) throws {
        switch arguments.first {
        case "migrate": try MigrateCommand(Array(arguments.dropFirst())).run(environment)
        case "token": try TokenCommand(Array(arguments.dropFirst())).run(environment)
        case "queue": try QueueCommand(Array(arguments.dropFirst())).run(environment)
        case "audit": try AuditCommand(Array(arguments.dropFirst())).run(environment)
        case "reconcile": try ReconcileCommand(Array(arguments.dropFirst())).run(environment)
        case "credits": try CreditsCommand(Array(arguments.dropFirst())).run(environment)
        case "webhooks", "webhook": try WebhooksCommand(Array(arguments.dropFirst())).run(environment)
        case "renderer": try RendererCommand(Array(arguments.dropFirst())).run(environment)
        case "objects": try ObjectsCommand(Array(arguments.dropFirst())).run(environment)
        case "limits": try LimitsCommand(Array(arguments.dropFirst())).run(environment)
        case "doctor": try DoctorCommand(Array(arguments.dropFirst())).run(environment)
        case "configuration": print(ConfigurationPage.markdown, terminator: "")
        case "--version": print("drapectl \(BuildVersion.text)")
        case "--help", "help": print(help)
        case nil: throw UsageError(message: "a command is missing")
        case let other?: throw UsageError(message: "there is no command \(other)")
        }
    }

    private static let help = """
        drapectl: the operator's hand.

          drapectl migrate up              apply what is pending of the schema
          drapectl migrate down [--to N]   roll back the migrations above N (without --to: the newest)
          drapectl migrate status          the state of every migration
          drapectl migrate verify          fail unless the schema is exactly this program's
          drapectl queue status            what waits and runs, by queue and shard
          drapectl queue inspect ID        what both stores know of a session (cts_…), a delivery (dlv_…)
                                           or an event (evt_…)
          drapectl queue dead list         jobs that no handler could process
          drapectl queue dead replay ENTRY | drop ENTRY
                                           enqueue an entry of the list again, or drop it; `all` for every one
          drapectl queue pause LANE [--minutes N] | resume LANE
                                           stop the claims of an organisation (org_…) or a webhook (whk_…) for a time
          drapectl webhooks list           every webhook: whether it is active, since when it fails, what was delivered
          drapectl webhooks status | close WEBHOOK
                                           the endpoints that get no events or fewer, or send again to one of them at once
          drapectl webhook verify --secret SECRET --headers FILE [--tolerance SECONDS | --any-time] < BODY
                                           check a webhook that a receiver got; status 1 and the reason if it is not valid
          drapectl audit                   check the books, the queues and the holds; status 1 if something is wrong
          drapectl reconcile [--dry-run]   repair Redis from MariaDB, or show what would be repaired
          drapectl credits refund ID       refund an item (itm_…), or every item of a session (cts_…), once
          drapectl renderer ORG [compositor | model | fashn | default]
                                           show or set what makes the pictures of an organisation
          drapectl objects copy --to s3 | directory
                                           copy all pictures between the directory and the bucket
          drapectl limits KEY              the rate limit of an API key (key_…), in words
          drapectl doctor                  check the settings and the state of all that Drape needs
          drapectl token --role ROLE [--organization ORG] [--subject WHO] [--hours N]
                                           print a token; ROLE is platform_admin, owner, admin, developer or viewer
          drapectl configuration           print the reference of all settings, as Markdown
          drapectl --version | --help

        Tables are printed as JSON with --json. It reads the daemons' environment variables (docs/configuration.md):
        JWT_SECRET for token, DATABASE_URL for migrate, and REDIS_URL, too, for the others. Exit status: 64 a command is
        wrong, 78 a variable is wrong, 1 anything else that failed.
        """

    private static func fail(_ text: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("drapectl: \(text)\n".utf8))
        exit(status)
    }
}
