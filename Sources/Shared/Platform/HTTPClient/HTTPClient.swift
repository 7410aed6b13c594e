/// An HTTP client for many concurrent requests on one loop; connections are reused.
package final class HTTPClient {
    /// One running transfer.
    private final class Running {
        let handle: CurlHandle
        let promise = LoopPromise<Result<HTTPClientResponse, HTTPClientError>>()

        init(_ handle: consuming CurlHandle) {
            self.handle = handle
        }
    }

    private let loop: EventLoop
    private let policy: AddressPolicy
    private let resolver: HostResolver
    private let multi: CurlMultiHandle
    private var running: [ObjectIdentifier: Running] = [:]
    private lazy var sockets = LibrarySockets(loop: loop) { [unowned self] number, interest in
        act(on: number, interest)
    }
    private var timer: TimerID?

    /// The most addresses of a host that are tried.
    private static let addressesMax = 3

    package init(loop: EventLoop, policy: AddressPolicy, resolver: HostResolver, connectionsMax: Int = 512) {
        self.loop = loop
        self.policy = policy
        self.resolver = resolver
        multi = CurlMultiHandle(connectionsMax: connectionsMax)
    }

    /// Initializes libcurl and c-ares; call it once, before any thread is created.
    package static func startLibrary() {
        HostResolver.startLibrary()
        CurlHandle.startLibrary()
    }

    /// Sends a request and waits for the response.
    ///
    /// The host is resolved first; a host with any address that may not be called is refused. The next address is tried
    /// if there is no connection to one.
    package func send(_ request: HTTPClientRequest) async -> Result<HTTPClientResponse, HTTPClientError> {
        loop.assertIsCurrent()
        let end = loop.now + request.timeout
        guard let url = WebAddress(request.url) else {
            return .failure(HTTPClientError(message: "this is no URL", cause: .policy))
        }
        if let fault = policy.fault(of: request.url, allowsHTTP: request.allowsHTTP) {
            return .failure(HTTPClientError(message: "the URL \(fault)", cause: .policy))
        }
        let addresses: [SocketAddress]
        switch await resolver.resolve(url.host) {
        case .success(let found): addresses = found
        case .failure(let error):
            return .failure(
                HTTPClientError(
                    message: "the host name was not resolved: \(error.message)", cause: error.isLocal ? .process : .host
                ))
        }
        guard addresses.allSatisfy(policy.permits) else { return .failure(.forbidden) }
        var outcome = Result<HTTPClientResponse, HTTPClientError>.failure(.forbidden)
        for address in addresses.prefix(Self.addressesMax) {
            var remaining = request
            remaining.timeout = end - loop.now
            guard remaining.timeout > .zero else { return outcome }
            outcome = await send(remaining, to: address)
            guard case .failure(let error) = outcome, error.isUnconnected else { return outcome }
        }
        return outcome
    }

    private func send(
        _ request: HTTPClientRequest, to address: SocketAddress
    ) async -> Result<HTTPClientResponse, HTTPClientError> {
        let one: Running
        do throws(HTTPClientError) {
            one = Running(try CurlHandle(request, to: address, policy: policy))
        } catch {
            return .failure(error)
        }
        running[ObjectIdentifier(one.handle.transfer)] = one
        multi.add(one.handle)
        settle()
        return await one.promise.wait()
    }

    private func act(on descriptor: Int32?, _ interest: Interest) {
        multi.act(on: descriptor, interest)
        settle()
    }

    /// Completes the transfers that have ended, and applies what curl has requested.
    private func settle() {
        while let (id, code) = multi.nextEnded() {
            guard let one = running.removeValue(forKey: id) else { continue }
            let result = one.handle.result(code)
            multi.remove(one.handle)
            one.promise.fulfil(result)
        }
        let asked = multi.actions.descriptors
        multi.actions.descriptors = []
        for (number, interest) in asked { sockets.watch(number, for: interest) }
        if let ms = multi.actions.timerMs {
            multi.actions.timerMs = nil
            if let timer { loop.cancel(timer) }
            timer = ms < 0 ? nil : loop.schedule(after: .milliseconds(ms)) { [weak self] in self?.act(on: nil, []) }
        }
    }
}
