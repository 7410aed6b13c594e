internal import Platform

/// The settings of a Redis server, as far as it tells them.
struct RedisSettings {
    private var values: [String: String] = [:]

    /// Reads them with CONFIG or, if that is forbidden, with INFO, which does not tell all of them.
    init(_ redis: RedisStore) async throws(RedisError) {
        let slot = redis.keys.slot(ofShard: 0)
        for section in ["replication", "persistence", "memory", "clients"] {
            let reply: RedisReply
            do throws(RedisError) {
                reply = try await redis.send(RedisCommand(["INFO", section]), to: slot)
            } catch .refused {
                // What is not told counts as unsafe.
                continue
            }
            for line in (reply.text ?? "").split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
            }
        }
        let names = [
            "appendonly", "appendfsync", "maxmemory-policy", "no-appendfsync-on-rewrite", "maxclients",
            "hash-max-listpack-entries", "hash-max-listpack-value",
        ]
        do throws(RedisError) {
            let reply = try await redis.send(RedisCommand(["CONFIG", "GET"] + names), to: slot)
            let words = (reply.elements ?? []).compactMap(\.text)
            for index in stride(from: 0, to: words.count - 1, by: 2) { values[words[index]] = words[index + 1] }
        } catch .refused {
            values["appendonly"] = values["aof_enabled"].map { $0 == "1" ? "yes" : "no" }
            values["maxmemory-policy"] = values["maxmemory_policy"]
        }
    }

    var findings: [StoreFinding] {
        [
            unsafe("appendonly", ["yes"], "a crash of Redis loses accepted sessions"),
            unsafe(
                "appendfsync", ["always"],
                "a crash of the machine loses the sessions that were accepted in the last second"),
            unsafe(
                "no-appendfsync-on-rewrite", ["no"],
                "a crash while the file is rewritten loses accepted sessions"),
            unsafe("maxmemory-policy", ["noeviction"], "Redis deletes accepted sessions if its memory is full"),
            unsafe("role", ["master"], "a replica takes no sessions, and may be overwritten"),
            small("hash-max-listpack-value", least: 4_096, "a waiting session needs more memory"),
            freeClients, largeLists,
        ].compactMap { $0 }
    }

    /// A process opens two connections for each of its loops, and one to look at the settings.
    private var freeClients: StoreFinding? {
        let used = values["connected_clients"].flatMap { Int($0) } ?? 0
        return small("maxclients", least: used + 64, "the next process may not be able to connect")
    }

    private var largeLists: StoreFinding? {
        guard let found = values["hash-max-listpack-entries"].flatMap({ Int($0) }), found > 128 else { return nil }
        return StoreFinding(
            severity: .small, store: "redis", setting: "hash-max-listpack-entries", found: String(found),
            wanted: "at most 128", consequence: "the holds of an organisation are searched one after the other")
    }

    private func unsafe(_ name: String, _ wanted: [String], _ consequence: String) -> StoreFinding? {
        let found = values[name] ?? "not readable"
        if wanted.contains(found) { return nil }
        return StoreFinding(
            severity: .unsafe, store: "redis", setting: name, found: found, wanted: wanted.joined(separator: " or "),
            consequence: consequence)
    }

    private func small(_ name: String, least: Int, _ consequence: String) -> StoreFinding? {
        guard let found = values[name].flatMap({ Int($0) }), found < least else { return nil }
        return StoreFinding(
            severity: .small, store: "redis", setting: name, found: String(found), wanted: "at least \(least)",
            consequence: consequence)
    }
}
