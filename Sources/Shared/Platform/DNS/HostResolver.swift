internal import Glibc

/// Resolves host names on one loop with c-ares, without blocking it; answers are cached.
///
/// Look-ups of the same name at the same time share one query.
package final class HostResolver {
    /// Limits of the resolver.
    package struct Limits: Sendable {
        /// How long a caller waits; a later answer is still cached.
        package var waitMax = Duration.seconds(3)
        /// How long an answer is used, however long its records are valid.
        package var lifetimeMax = Duration.seconds(60)
        /// How long a failure is used.
        package var failureLifetime = Duration.seconds(5)
        package var entriesMax = 4_096
        package var lookupsMax = 1_024

        package init() {}
    }

    private typealias Answer = Result<[SocketAddress], HostLookupError>

    /// A look-up under way.
    private struct Lookup {
        let host: String
        var waiters: [LoopPromise<Answer>] = []
    }

    private struct Entry {
        let answer: Answer
        let expiresAt: ContinuousClock.Instant
    }

    private static let systemFile = "/etc/resolv.conf"
    private let loop: EventLoop
    private let servers: String?
    private let limits: Limits
    private var channel: AresHandle?
    /// The time of change of the system's list of name servers when the channel was made.
    private var systemChangedAt: Int?
    private var lookups: [UInt64: Lookup] = [:]
    private var numbers: [String: UInt64] = [:]
    private var lastNumber: UInt64 = 0
    private var entries: [String: Entry] = [:]
    private lazy var sockets = LibrarySockets(loop: loop) { [unowned self] number, interest in
        act(on: number, interest)
    }
    private var timer: TimerID?

    /// - Parameters:
    ///   - loop: the loop whose thread owns this object.
    ///   - servers: name servers as `address:port,…`; nil: those of the system.
    ///   - limits: the bounds of time and memory.
    package init(loop: EventLoop, servers: String? = nil, limits: Limits = Limits()) {
        self.loop = loop
        self.servers = servers
        self.limits = limits
    }

    /// Initializes c-ares; call it once, before any thread is created.
    package static func startLibrary() {
        AresHandle.startLibrary()
    }

    /// The addresses of a host, IPv4 first; an address in text form is its own address.
    // A result, not a typed throw: docs/decisions/0002.
    package func resolve(_ host: String) async -> Result<[SocketAddress], HostLookupError> {
        loop.assertIsCurrent()
        if let address = SocketAddress(host) { return .success([address]) }
        let name = host.lowercased()
        if let entry = entries[name], entry.expiresAt > loop.now { return entry.answer }
        if numbers[name] == nil, lookups.count >= limits.lookupsMax {
            return .failure(HostLookupError(message: "too many host names are being looked up", isLocal: true))
        }
        let promise = LoopPromise<Answer>()
        let late = loop.schedule(after: limits.waitMax) {
            promise.fulfil(.failure(HostLookupError(message: "the name servers did not answer in time")))
        }
        begin(name, promise)
        let answer = await promise.wait()
        loop.cancel(late)
        return answer
    }

    private func begin(_ name: String, _ promise: LoopPromise<Answer>) {
        if let number = numbers[name] {
            lookups[number]?.waiters.append(promise)
            return
        }
        openChannel()
        lastNumber += 1
        numbers[name] = lastNumber
        lookups[lastNumber] = Lookup(host: name, waiters: [promise])
        if channel == nil {
            end(
                lastNumber, .failure(HostLookupError(message: "the resolver cannot be set up", isLocal: true)),
                lifetime: .zero)
        } else {
            channel?.lookUp(name, number: lastNumber)
            settle()
        }
    }

    // MARK: Channel

    /// Makes the channel; makes a new one after the system's list of name servers has changed.
    private func openChannel() {
        let changedAt = servers == nil ? Self.changeTime() : nil
        if channel != nil, changedAt == systemChangedAt { return }
        systemChangedAt = changedAt
        // The old channel's answers would be failures; its look-ups begin again on the new one.
        sockets.forgetAll()
        let old = channel.take()
        _ = consume old
        channel = AresHandle(servers: servers, timeout: .milliseconds(700), tries: 2)
        for (number, lookup) in lookups { channel?.lookUp(lookup.host, number: number) }
    }

    /// In nanoseconds since 1970; nil if the system has no such file, and asks the name server on this machine.
    private static func changeTime() -> Int? {
        var status = stat()
        guard unsafe stat(systemFile, &status) == 0 else { return nil }
        return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }

    private func act(on descriptor: Int32?, _ interest: Interest) {
        channel?.act(on: descriptor, interest)
        settle()
    }

    /// Ends the look-ups that have an answer, and applies what c-ares has requested.
    private func settle() {
        guard let actions = channel?.actions else { return }
        let asked = actions.descriptors
        actions.descriptors = []
        for (number, interest) in asked { sockets.watch(number, for: interest) }
        let found = actions.found
        actions.found = []
        for one in found { end(one) }
        if let timer { loop.cancel(timer) }
        timer = nil
        guard let wait = channel?.wait else { return }
        timer = loop.schedule(after: max(wait, .milliseconds(1))) { [weak self] in self?.act(on: nil, []) }
    }

    // MARK: Answers

    private func end(_ found: AresActions.Found) {
        if let reason = found.reason {
            end(found.number, .failure(HostLookupError(message: reason)), lifetime: limits.failureLifetime)
        } else {
            let lifetime = min(limits.lifetimeMax, .seconds(max(1, found.seconds)))
            end(found.number, .success(found.addresses), lifetime: lifetime)
        }
    }

    private func end(_ number: UInt64, _ answer: Answer, lifetime: Duration) {
        guard let lookup = lookups.removeValue(forKey: number) else { return }
        numbers[lookup.host] = nil
        if entries.count >= limits.entriesMax {
            let now = loop.now
            entries = entries.filter { $0.value.expiresAt > now }
            if entries.count >= limits.entriesMax { entries.removeAll() }
        }
        entries[lookup.host] = Entry(answer: answer, expiresAt: loop.now + lifetime)
        for waiter in lookup.waiters { waiter.fulfil(answer) }
    }
}
