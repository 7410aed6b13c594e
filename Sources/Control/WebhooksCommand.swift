internal import Domain
internal import Platform

/// `drapectl webhooks`: all endpoints; those whose circuit breaker is not closed; closes one by hand; checks a signature.
struct WebhooksCommand {
    private enum Action {
        case list
        case all
        case close(WebhookID)
        case verify(WebhookVerifyCommand)
    }

    /// The most endpoints of one shard that are listed.
    private static let listMax = 1_000
    private let action: Action
    private let isJSON: Bool

    init(_ arguments: [String]) throws(UsageError) {
        if arguments.first == "verify" {
            isJSON = false
            action = .verify(try WebhookVerifyCommand(arguments.dropFirst()))
            return
        }
        let options = try Options(arguments.dropFirst(), flags: ["--json"], wordsMax: 1)
        isJSON = options.has("--json")
        switch arguments.first {
        case "status" where options.words.isEmpty: action = .list
        case "list" where options.words.isEmpty: action = .all
        case "close":
            guard let id = options.words.first.flatMap({ WebhookID($0) }) else {
                throw UsageError(message: "webhooks close is followed by the id of a webhook: whk_…")
            }
            action = .close(id)
        default: throw UsageError(message: "webhooks is followed by list, status, close or verify")
        }
    }

    func run(_ environment: [String: String]) throws {
        switch action {
        case .list: try list(environment)
        case .all: try listAll(environment)
        case .close(let id): try close(id, environment)
        case .verify(let command): try command.run()
        }
    }

    /// Every webhook, those that fail first.
    private func listAll(_ environment: [String: String]) throws {
        let rows = try ControlStores.run(environment) { stores in
            await stores.ask { connection throws(MySQLError) in try connection.query(ControlStatements.webhooks, []) }
        }
        var table = Table([
            "webhook", "organisation", "environment", "active", "disabled", "failingSince", "delivered", "failed",
            "url",
        ])
        for row in rows {
            table.add(
                .text(row.text("id")), .text(row.text("organization_id")), .text(row.text("environment")),
                .text(row.boolean("is_active") ? "yes" : "no"),
                row.optionalText("disabled_reason").map { .text($0) } ?? .none,
                row.optionalTime("failing_since").map { .text("\($0)") } ?? .none,
                .number(Int(row.integer("success_count"))), .number(Int(row.integer("failure_count"))),
                .text(WebAddress(row.text("url"))?.withoutQuery ?? ""))
        }
        table.print(asJSON: isJSON, nothing: "there is no webhook")
    }

    private struct BrokenEndpoint: Sendable {
        let webhook: WebhookID
        let breaker: CircuitBreaker
        let waiting: Int
        var url = ""
        var organization = ""
    }

    private func list(_ environment: [String: String]) throws {
        let endpoints = try ControlStores.run(environment) { stores in
            do throws(RedisError) {
                let broken = try await Self.broken(stores)
                return await stores.ask { connection throws(MySQLError) in
                    var found: [BrokenEndpoint] = []
                    for one in broken {
                        var endpoint = one
                        let row = try connection.query(ControlStatements.webhook, [.id(one.webhook)]).first
                        endpoint.url = row?.text("url") ?? ""
                        endpoint.organization = row?.text("organization_id") ?? ""
                        found.append(endpoint)
                    }
                    return found
                }
            } catch {
                return .failure(CommandFailure(error))
            }
        }
        var table = Table(["webhook", "organisation", "state", "reason", "openedAt", "nextProbeAt", "waiting", "url"])
        for one in endpoints {
            let breaker = one.breaker
            table.add(
                .text(one.webhook.description), .text(one.organization), .text(breaker.state.rawValue),
                breaker.reason.map { .text($0.rawValue) } ?? .none,
                breaker.openedAt.map { .text("\($0)") } ?? .none,
                breaker.nextProbeAt.map { .text("\($0)") } ?? .none, .number(one.waiting), .text(one.url))
        }
        table.print(asJSON: isJSON, nothing: "every circuit breaker is closed")
    }

    /// The endpoints whose breaker is not closed.
    private static func broken(_ stores: ControlStores) async throws(RedisError) -> [BrokenEndpoint] {
        var found: [BrokenEndpoint] = []
        let keys = stores.redis.keys
        for shard in 0..<keys.shardCount {
            let slot = keys.slot(ofShard: shard)
            let reply = try await stores.redis.send(
                RedisCommand(["ZRANGE", keys.openBreakers(shard: shard), "0", String(listMax - 1)]), to: slot)
            let webhooks = (reply.elements ?? []).compactMap { $0.text.flatMap { WebhookID($0) } }
            let breakers = try await CircuitBreakerScript(shard: shard, webhooks).run(stores.redis)
            for (webhook, breaker) in zip(webhooks, breakers) {
                let lane = keys.lane(.webhooks, shard: shard, webhook.description)
                let waiting = try await stores.redis.send(RedisCommand(["LLEN", lane]), to: slot)
                found.append(BrokenEndpoint(webhook: webhook, breaker: breaker, waiting: Int(waiting.integer ?? 0)))
            }
        }
        return found
    }

    private func close(_ id: WebhookID, _ environment: [String: String]) throws {
        let wasOpen = try ControlStores.run(environment) { stores in
            await stores.ask { connection throws(MySQLError) in
                try connection.query(ControlStatements.organizationOfWebhook, [.id(id)]).first?.id(
                    "organization_id", OrganizationID.self)
            }.asyncMap { organization -> Result<Bool, CommandFailure> in
                guard let organization else { return .failure(CommandFailure("there is no webhook \(id)")) }
                do throws(RedisError) {
                    let shard = stores.redis.keys.shard(of: organization)
                    return .success(try await CircuitBreakerCloseScript(id, shard: shard).run(stores.redis))
                } catch {
                    return .failure(CommandFailure(error))
                }
            }
        }
        print(wasOpen ? "\(id) is closed; its events are sent again" : "\(id) was closed already")
    }
}
