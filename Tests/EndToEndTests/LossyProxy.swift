import Foundation
import Synchronization
import TestKit

/// A TCP proxy to a server that closes a connection in place of forwarding the reply to a chosen request.
final class LossyProxy: Sendable {
    private struct Loss {
        let mark: [UInt8]
        var left: Int
    }

    private let loss = Mutex<Loss?>(nil)
    private let server: UInt16
    // Invariant: set once, in `init`.
    nonisolated(unsafe) private var peer: TestPeer?

    var port: UInt16 { peer?.port ?? 0 }

    init(to server: UInt16) throws {
        self.server = server
        peer = try TestPeer { [weak self] client, _ in self?.serve(client) }
    }

    /// Loses the replies to the next `count` requests that contain a text; the server has run them.
    func lose(_ count: Int, of mark: String) {
        loss.withLock { $0 = Loss(mark: Array(mark.utf8), left: count) }
    }

    /// The number of replies that are still to be lost.
    var left: Int { loss.withLock { $0?.left ?? 0 } }

    private func serve(_ client: TestSocket) {
        guard let upstream = try? TestSocket(port: server) else { return }
        let isLost = Mutex(false)
        let hasEnded = DispatchSemaphore(value: 0)
        let replies = Thread {
            while true {
                let bytes = upstream.read(upTo: 65_536)
                if bytes.isEmpty || isLost.withLock({ $0 }) { break }
                client.send(bytes: bytes)
            }
            client.shutDown()
            hasEnded.signal()
        }
        replies.start()
        while true {
            let bytes = client.read(upTo: 65_536)
            if bytes.isEmpty { break }
            if takesLoss(bytes) { isLost.withLock { $0 = true } }
            upstream.send(bytes: bytes)
        }
        upstream.shutDown()
        hasEnded.wait()
    }

    /// Whether the reply to these bytes is lost.
    private func takesLoss(_ bytes: [UInt8]) -> Bool {
        loss.withLock { loss in
            guard let wanted = loss, wanted.left > 0, bytes.firstRange(of: wanted.mark) != nil else { return false }
            loss?.left -= 1
            return true
        }
    }
}
