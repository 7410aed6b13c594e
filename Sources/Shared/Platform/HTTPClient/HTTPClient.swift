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

    /// One socket of curl.
    private final class Socket: EventHandler {
        let number: Int32
        unowned let client: HTTPClient

        init(_ number: Int32, _ client: HTTPClient) {
            self.number = number
            self.client = client
        }

        func ready(_ interest: Interest) {
            client.act(on: number, interest)
        }
    }

    private let loop: EventLoop
    private let policy: AddressPolicy
    private let multi: CurlMultiHandle
    private var running: [ObjectIdentifier: Running] = [:]
    private var sockets: [Int32: Socket] = [:]
    private var timer: TimerID?

    package init(loop: EventLoop, policy: AddressPolicy, connectionsMax: Int = 512) {
        self.loop = loop
        self.policy = policy
        multi = CurlMultiHandle(connectionsMax: connectionsMax)
    }

    /// Initializes libcurl; call it once, before any thread is created.
    package static func startLibrary() {
        CurlHandle.startLibrary()
    }

    /// Sends a request and waits for the response.
    package func send(_ request: HTTPClientRequest) async -> Result<HTTPClientResponse, HTTPClientError> {
        loop.assertIsCurrent()
        let one: Running
        do throws(HTTPClientError) {
            one = Running(try CurlHandle(request, policy: policy))
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
        for (number, interest) in asked { watch(number, interest) }
        if let ms = multi.actions.timerMs {
            multi.actions.timerMs = nil
            if let timer { loop.cancel(timer) }
            timer = ms < 0 ? nil : loop.schedule(after: .milliseconds(ms)) { [weak self] in self?.act(on: nil, []) }
        }
    }

    private func watch(_ number: Int32, _ interest: Interest?) {
        guard let interest else {
            loop.forget(number)
            sockets[number] = nil
            return
        }
        do throws(SystemError) {
            if sockets[number] != nil {
                try loop.change(number, to: interest)
            } else {
                let socket = Socket(number, self)
                try loop.watch(number, for: interest, socket)
                sockets[number] = socket
            }
        } catch {
            // The descriptor is already closed; curl ends the transfer by its own time-out.
            loop.forget(number)
            sockets[number] = nil
        }
    }
}
